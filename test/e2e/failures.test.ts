import { createServer, type Server } from "node:http";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Duet, scratch } from "./duet.js";

const CODE = "4821-cactus-lemon-violin";

/** Something that listens where a relay should be, and counts who asks. */
async function countingServer() {
  let requests = 0;
  const server: Server = createServer((_request, response) => {
    requests++;
    response.end();
  });
  server.on("connection", () => requests++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get requests() {
      return requests;
    },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

describe("a command that is not valid exits 2 and asks no relay", () => {
  test.each([
    ["a mistyped word", ["receive", "4821-cactsu-lemon-violin", "--yes"], /word 1 of the code is not in the list/i],
    ["a code without words", ["receive", "4821", "--yes"], /the code has no words/i],
    ["no code", ["receive", "--yes"], /no code was given/i],
    ["no terminal and no --yes", ["receive", CODE], /there is no terminal/i],
    ["--json with --out -", ["receive", CODE, "--json", "--out", "-", "--yes"], /standard output/i],
    ["--verify without a terminal", ["receive", CODE, "--yes", "--verify"], /--verify needs a terminal/i],
    ["two rules", ["receive", CODE, "--yes", "--skip", "--overwrite"], /exclude each other/i],
    ["a --ca that is not there", ["receive", CODE, "--yes", "--ca", "/nowhere.pem"], /--ca: .*cannot be read/i],
    ["a --ca that is none", ["receive", CODE, "--yes", "--ca", "/dev/null"], /no certificate/i],
    ["a path that is not there", ["send", "/nowhere/at/all"], /there is no/i],
    ["nothing to send", ["send"], /nothing to send/i],
    ["a text and a path", ["send", "--text", "x", "/dev/null"], /exclude each other/i],
    ["- and a path", ["send", "-", "/tmp"], /exclude each other/i],
    ["--name for a file", ["send", "--name", "x", "/tmp"], /--name is for/i],
    ["a mistyped word to send with", ["send", "--text", "x", "--code", "1-cactsu-lemon"], /not in the list/i],
    ["--code and --words", ["send", "--text", "x", "--code", CODE, "--words", "4"], /exclude each other/i],
    ["--host with a relay", ["send", "--text", "x", "--host", "127.0.0.1"], /exclude each other/i],
    ["an unknown curve", ["send", "--text", "x", "--curve", "p557"], /must be one of/i],
    ["an unknown option", ["send", "--txt", "x"], /Did you mean --text/i],
    ["an address without a scheme", ["send", "--text", "x", "--relay", "localhost:8153"], /Did you mean http:/i],
  ] as const)("%s", async (_what, args, message) => {
    await using relay = await countingServer();
    await using place = await scratch();
    const withRelay = args.some((word) => word === "--relay") ? [...args] : [...args, "--relay", relay.url];
    await using duet = new Duet(withRelay, { env: place.env, cwd: place.path, input: "" });
    const { code, stderr, stdout } = await duet.ended;
    expect({
      code,
      requests: relay.requests,
      stdout: stdout.toString().replace(/^\{"event":"error".*\n$/, ""),
    }).toEqual({ code: 2, requests: 0, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n +at /);
  });

  test("receive without a relay says where to find it", async () => {
    await using duet = new Duet(["receive", CODE, "--yes"]);
    expect(await duet.ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Give it by --relay URL") as unknown,
    });
  });

  test("with --json the error is the one line of standard output", async () => {
    await using duet = new Duet(["send", "/nowhere", "--json"]);
    const { code } = await duet.ended;
    expect([code, duet.events]).toEqual([2, [expect.objectContaining({ event: "error", code: "usage", exit: 2 })]]);
  });
});

test("a wrong word: both sides exit 3, and nothing is written", async () => {
  await using place = await scratch();
  const inbox = join(place.path, "inbox");
  await mkdir(inbox);
  await using sender = new Duet(["send", "--text", "secret", "--code", CODE, "--json"], { env: place.env });
  const { relay } = await sender.code();
  await using recipient = new Duet(["receive", "4821-cactus-lemon-zoo", "--relay", relay, "--yes", "--out", inbox], {
    env: place.env,
  });
  const [sent, received] = await Promise.all([sender.ended, recipient.ended]);
  expect([sent.code, received.code]).toEqual([3, 3]);
  expect(received.stderr).toContain("Wrong code");
  expect(received.stdout.toString()).toBe("");
  expect(await readdir(inbox)).toEqual([]);
});

describe("an interruption", () => {
  test.each(["SIGINT", "SIGTERM"] as const)("%s of a sender that waits exits 130", async (signal) => {
    await using sender = new Duet(["send", "--text", "x", "--json"]);
    await sender.event("waiting");
    sender.child.kill(signal);
    expect((await sender.ended).code).toBe(130);
  });

  test.each(["sender", "recipient"] as const)(
    "of the %s in the middle exits 130 there and 5 on the other side",
    async (who) => {
      await using place = await scratch();
      await writeFile(join(place.path, "a.bin"), Buffer.alloc(10_000_000));
      await using sender = new Duet(["send", "a.bin", "--limit-rate", "500k", "--json"], {
        env: place.env,
        cwd: place.path,
      });
      const { code, relay } = await sender.code();
      const out = join(place.path, "out");
      await using recipient = new Duet(["receive", code, "--relay", relay, "--yes", "--out", out, "--json"], {
        env: place.env,
      });
      await recipient.event("progress");
      const [stopped, other] = who === "sender" ? [sender, recipient] : [recipient, sender];
      stopped.child.kill("SIGINT");
      expect([(await stopped.ended).code, (await other.ended).code]).toEqual([130, 5]);
      expect(other.events.at(-1)).toMatchObject({ event: "error", code: "cancelled", exit: 5 });
      expect((await readdir(out).catch(() => [])).filter((name) => !name.endsWith(".part"))).toEqual([]);
    },
  );
});

describe("a relay", () => {
  test("that is not there exits 4 within 10 s, on both sides", async () => {
    await using gone = await countingServer();
    const { url } = gone;
    await gone[Symbol.asyncDispose]();
    const started = performance.now();
    await using sender = new Duet(["send", "--text", "x", "--relay", url]);
    await using recipient = new Duet(["receive", CODE, "--yes", "--relay", url]);
    expect([(await sender.ended).code, (await recipient.ended).code]).toEqual([4, 4]);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test("that is something else exits 4 and says so", async () => {
    await using other = await countingServer();
    await using sender = new Duet(["send", "--text", "x", "--relay", other.url]);
    expect(await sender.ended).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/is not a duet relay/) as unknown,
    });
  });
});

test("nobody came: exit 6 after --wait-for-peer, and the command to go on", async () => {
  await using place = await scratch();
  await writeFile(join(place.path, "a b.txt"), "x");
  await using sender = new Duet(["send", "a b.txt", "--wait-for-peer", "0.5"], { env: place.env, cwd: place.path });
  const { code, stderr } = await sender.ended;
  expect(code).toBe(6);
  expect(stderr).toMatch(
    /To try again with the same code, run:\n  DUET_CODE=\d+-\w+-\w+-\w+ duet send 'a b.txt' --wait-for-peer 0.5/,
  );
});

test("a destination that cannot be written exits 7", async () => {
  await using place = await scratch();
  await writeFile(join(place.path, "file"), "");
  await using sender = new Duet(["send", "file", "--json", "--wait-for-peer", "20"], {
    env: place.env,
    cwd: place.path,
  });
  const { code, relay } = await sender.code();
  for (const out of ["file", "file/below", "missing/below"]) {
    await using recipient = new Duet(["receive", code, "--relay", relay, "--yes", "--out", out], {
      env: place.env,
      cwd: place.path,
    });
    expect((await recipient.ended).code).toBe(7);
  }
});

test("a sender that was killed takes its place again by the same code, with its own relay at the same ports", async () => {
  await using place = await scratch();
  await writeFile(join(place.path, "a.bin"), Buffer.alloc(3_000_000, "duet"));
  const options = { env: place.env, cwd: place.path };
  await using killed = new Duet(["send", "a.bin", "--limit-rate", "1M", "--json"], options);
  const { code, relay } = await killed.code();
  await using recipient = new Duet(
    ["receive", code, "--relay", relay, "--yes", "--out", "out", "--json", "--wait-for-peer", "10"],
    options,
  );
  await recipient.event("progress");
  killed.child.kill("SIGKILL");
  await recipient.event("lost");
  await using again = new Duet(["send", "a.bin", "--json", "--wait-for-peer", "10"], {
    ...options,
    env: { ...place.env, DUET_CODE: code },
  });
  expect(await again.code()).toEqual({ code, relay });
  expect([(await again.ended).code, (await recipient.ended).code]).toEqual([0, 0]);
  expect((await readFile(join(place.path, "out", "a.bin"))).equals(Buffer.alloc(3_000_000, "duet"))).toBe(true);
});
