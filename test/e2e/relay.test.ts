import { execFileSync, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Duet, scratch } from "./duet.js";

const CODE = "4821-cactus-lemon-violin";
const ANY_PORT = ["--port", "0", "--stapler-port", "0", "--json"];

/** `duet relay` on free ports. */
async function startRelay(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const relay = new Duet(["relay", ...ANY_PORT, ...args], { env });
  try {
    const { http } = await relay.event("listening");
    return { relay, url: String(http), [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose]() };
  } catch (error) {
    await relay[Symbol.asyncDispose]();
    throw error;
  }
}

/** Sends a text through a relay; both sides must succeed. @returns what the sender said on standard error */
async function passText(url: string, env: NodeJS.ProcessEnv, args: readonly string[] = []) {
  await using sender = new Duet(["send", "--text", "hello", "--relay", url, ...args], { env });
  const [, code = ""] = await sender.says(/^Code: (\S+)$/m);
  await using recipient = new Duet(["receive", code, "--relay", url, "--yes", ...args], { env });
  const [sent, received] = await Promise.all([sender.ended, recipient.ended]);
  expect([sent.code, received.code, received.stdout.toString()]).toEqual([0, 0, "hello\n"]);
  return { sent: sent.stderr, received: received.stderr };
}

describe("duet relay", () => {
  test("tells where it listens, serves both sides, and stops in good order with 0", async () => {
    await using place = await scratch();
    await using served = await startRelay();
    expect(served.relay.events[0]).toEqual({
      event: "listening",
      http: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as unknown,
      stapler: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as unknown,
    });
    const { sent } = await passText(served.url, place.env);
    expect(sent).toContain(`The other side runs:\n  duet receive`);
    expect(sent).toContain(`--relay ${served.url}\n`);
    served.relay.child.kill("SIGTERM");
    expect((await served.relay.ended).code).toBe(0);
  });

  test("tells people where it is, too", async () => {
    await using relay = new Duet(["relay", "--port", "0", "--stapler-port", "0"]);
    await relay.says(/http:\/\/127\.0\.0\.1:\d+/);
    relay.child.kill("SIGINT");
    const { code, stdout } = await relay.ended;
    expect([code, stdout.toString()]).toEqual([0, ""]);
  });

  test("shows its notice, cleaned, to both sides", async () => {
    await using place = await scratch();
    await using served = await startRelay(["--notice", "Maintenance at eight\u001b[31m."]);
    const { sent, received } = await passText(served.url, place.env);
    for (const text of [sent, received]) expect(text).toMatch(/Notice of the relay: Maintenance at eight.*\./);
    expect(sent + received).not.toContain("\u001b");
  });

  test("that is private lets in who has the token, and nobody else", async () => {
    await using place = await scratch();
    const token = { DUET_ACCESS_TOKEN: "open sesame" };
    await using served = await startRelay([], token);
    await passText(served.url, { ...place.env, ...token });
    for (const env of [place.env, { ...place.env, DUET_ACCESS_TOKEN: "wrong" }]) {
      await using stranger = new Duet(["send", "--text", "x", "--relay", served.url], { env });
      expect(await stranger.ended).toMatchObject({
        code: 4,
        stderr: expect.stringContaining("DUET_ACCESS_TOKEN") as unknown,
      });
    }
  });

  test("says which port is in use", async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    const address = holder.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await using relay = new Duet(["relay", "--port", String(port), "--stapler-port", "0"]);
    const { code, stderr } = await relay.ended;
    holder.close();
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/port is already in use.*--port|port is already in use[\s\S]*another/),
    ]);
  });

  test.each([
    [["--tls-cert", "/dev/null"], /belong together/],
    [["--tls-cert", "/dev/null", "--tls-key", "/dev/null"], /no certificate/],
    [["--trust-proxy", "nonsense"], /nonsense/],
    [["--identity", "name"], /must be one of: any, uuid/],
  ] as const)("refuses %j with 2", async (args, message) => {
    await using relay = new Duet(["relay", ...ANY_PORT, ...args]);
    expect(await relay.ended).toMatchObject({ code: 2, stderr: expect.stringMatching(message) as unknown });
  });
});

describe("duet stapler", () => {
  const secret = { DUET_STAPLER_SECRET: "a secret of both of them" };

  test("joins the two sides for a relay elsewhere, and stops in good order with 0", async () => {
    await using place = await scratch();
    await using served = await startRelay([], secret);
    await using stapler = new Duet(["stapler", "--relay-internal", served.url, "--port", "0", "--json"], {
      env: secret,
    });
    expect(await stapler.event("listening")).toEqual({
      event: "listening",
      stapler: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as unknown,
    });
    await passText(served.url, place.env);
    stapler.child.kill("SIGTERM");
    expect((await stapler.ended).code).toBe(0);
  });

  test.each([
    ["without a relay", ["--port", "0"], secret, /which relay/i],
    ["without a secret", ["--port", "0", "--relay-internal", "http://127.0.0.1:1"], {}, /DUET_STAPLER_SECRET/],
  ] as const)("%s exits 2", async (_what, args, env, message) => {
    await using stapler = new Duet(["stapler", ...args], { env });
    expect(await stapler.ended).toMatchObject({ code: 2, stderr: expect.stringMatching(message) as unknown });
  });

  test("that waits for its relay can be interrupted", async () => {
    await using stapler = new Duet(["stapler", "--relay-internal", "http://127.0.0.1:1", "--port", "0"], {
      env: secret,
    });
    await stapler.says(/Registering at http:\/\/127\.0\.0\.1:1/);
    stapler.child.kill("SIGINT");
    expect((await stapler.ended).code).toBe(0);
  });
});

test("the recipient may come first, and waits", async () => {
  await using place = await scratch();
  await using served = await startRelay();
  await using recipient = new Duet(["receive", CODE, "--relay", served.url, "--yes", "--json"], { env: place.env });
  expect(await recipient.event("waiting")).toMatchObject({ for: "sender", seconds: 600 });
  await using sender = new Duet(["send", "--text", "at last", "--relay", served.url, "--code", CODE], {
    env: place.env,
  });
  expect([(await sender.ended).code, (await recipient.ended).code]).toEqual([0, 0]);
  expect(recipient.events).toContainEqual({ event: "text", text: "at last" });
});

test("a name that is in use is refused", async () => {
  await using place = await scratch();
  await using other = await scratch();
  await using served = await startRelay();
  await using first = new Duet(["send", "--text", "x", "--relay", served.url, "--code", CODE, "--json"], {
    env: place.env,
  });
  await first.code();
  await using second = new Duet(["send", "--text", "x", "--relay", served.url, "--code", CODE], { env: other.env });
  expect(await second.ended).toMatchObject({ code: 4, stderr: expect.stringContaining("occupied") as unknown });
});

test("--curve and --words say how the two sides agree", async () => {
  await using place = await scratch();
  await using served = await startRelay();
  const { sent } = await passText(served.url, place.env, []);
  expect(sent).toMatch(/^Code: \d+(-[a-z]+){3}$/m);
  await using sender = new Duet(["send", "--text", "hello", "--relay", served.url, "--curve", "p384", "--words", "5"], {
    env: place.env,
  });
  const [, code = ""] = await sender.says(/^Code: (\d+(?:-[a-z]+){5})$/m);
  await using recipient = new Duet(["receive", code, "--relay", served.url, "--yes"], { env: place.env });
  expect((await recipient.ended).stdout.toString()).toBe("hello\n");
});

const HAS_OPENSSL = spawnSync("openssl", ["version"]).status === 0;

test.skipIf(!HAS_OPENSSL)(
  "an https relay with an authority of its own is reached by --ca, and not without",
  async () => {
    await using place = await scratch();
    const [cert, key] = [join(place.path, "cert.pem"), join(place.path, "key.pem")];
    const subject = ["-subj", "/CN=duet test", "-addext", "subjectAltName=IP:127.0.0.1"];
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        "-keyout",
        key,
        "-out",
        cert,
        ...subject,
      ],
      { stdio: "ignore" },
    );
    await using served = await startRelay(["--tls-cert", cert, "--tls-key", key]);
    expect(served.url).toMatch(/^https:/);
    await passText(served.url, place.env, ["--ca", cert]);
    await using stranger = new Duet(["send", "--text", "x", "--relay", served.url], { env: place.env });
    expect(await stranger.ended).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("cannot be reached") as unknown,
    });
  },
);

test.skipIf(process.platform !== "linux")(
  "a code on the command line does not stay in the list of processes",
  async () => {
    await using place = await scratch();
    await using served = await startRelay();
    await using recipient = new Duet(["receive", CODE, "--relay", served.url, "--yes"], { env: place.env });
    await recipient.says(/Waiting for the sender/);
    const line = await readFile(`/proc/${recipient.child.pid}/cmdline`, "utf8");
    expect(line).toContain("receive");
    expect(line).not.toContain("cactus");
    expect(recipient.stderr).toMatch(/^Warning: Others on this computer/m);
  },
);
