import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdir, open, readdir, readFile, readlink, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { Duet, scratch } from "./duet.js";

/** Every path below a folder with its kind, mode, time and a hash of its content. */
async function listing(root: string, folder = root): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const name = relative(root, path);
    if (entry.isSymbolicLink()) found[name] = `link to ${await readlink(path)}`;
    else {
      const { mode, mtimeMs, size } = await stat(path);
      const hash = entry.isFile()
        ? createHash("sha256")
            .update(await readFile(path))
            .digest("hex")
            .slice(0, 16)
        : "folder";
      found[name] = `${(mode & 0o777).toString(8)} ${entry.isFile() ? size : 0} ${Math.floor(mtimeMs)} ${hash}`;
    }
    if (entry.isDirectory()) Object.assign(found, await listing(root, path));
  }
  return found;
}

async function folders() {
  const place = await scratch();
  const [from, to] = [join(place.path, "from"), join(place.path, "to")];
  await mkdir(from);
  await mkdir(to);
  return { ...place, from, to };
}

/** Sends with the sender's own relay and receives without a question; both must succeed. */
async function transfer(
  sendArgs: readonly string[],
  receiveArgs: readonly string[],
  options: { env: NodeJS.ProcessEnv; cwd: string; input?: string | Buffer | number },
) {
  const { env, cwd, input } = options;
  await using sender = new Duet(["send", ...sendArgs, "--json"], {
    env,
    cwd,
    ...(input === undefined ? {} : { input }),
  });
  const { code, relay } = await sender.code();
  await using recipient = new Duet(["receive", code, "--relay", relay, "--yes", ...receiveArgs], { env, cwd });
  const [sent, received] = await Promise.all([sender.ended, recipient.ended]);
  expect({ sent: [sent.code, sent.stderr], received: [received.code, received.stderr] }).toMatchObject({
    sent: [0, expect.any(String)],
    received: [0, expect.any(String)],
  });
  return { sent, received, sender, recipient };
}

test("a file arrives as it was, with its time and mode", async () => {
  await using place = await folders();
  const content = randomBytes(300_000);
  await writeFile(join(place.from, "report.pdf"), content);
  await chmod(join(place.from, "report.pdf"), 0o640);
  await utimes(join(place.from, "report.pdf"), 1_700_000_000, 1_700_000_000);
  await transfer([join(place.from, "report.pdf")], ["--out", place.to], { env: place.env, cwd: place.path });
  expect(await listing(place.to)).toEqual(await listing(place.from));
  // Nothing is remembered of a transfer that is complete.
  expect(await readdir(join(place.path, "state"))).toEqual([]);
});

test("a folder arrives as it was: spaces, Unicode, empty files and folders, modes, links", async () => {
  await using place = await folders();
  const root = join(place.from, "my photos");
  await mkdir(join(root, "日本語 – ünï", "deep", "er"), { recursive: true });
  await mkdir(join(root, "empty folder"));
  await writeFile(join(root, "empty"), "");
  await writeFile(join(root, "-starts with a dash"), "x");
  await writeFile(join(root, "it's $HOME & more"), "y");
  await writeFile(join(root, "日本語 – ünï", "deep", "er", "🎉.txt"), randomBytes(70_000));
  await writeFile(join(root, "run.sh"), "#!/bin/sh\n");
  await chmod(join(root, "run.sh"), 0o755);
  await chmod(join(root, "empty folder"), 0o700);
  await symlink("run.sh", join(root, "link"));
  const { recipient } = await transfer([root], ["--out", place.to, "--json"], { env: place.env, cwd: place.path });
  const [expected, actual] = [await listing(place.from), await listing(place.to)];
  expect(actual).toEqual(expected);
  expect(recipient.events.find(({ event }) => event === "offer")).toMatchObject({ kind: "files", files: 5 });
});

test("many paths arrive side by side", async () => {
  await using place = await folders();
  await mkdir(join(place.from, "folder"));
  const names = ["a.txt", "b with space.txt", "folder/c.txt"];
  for (const name of names) await writeFile(join(place.from, name), name);
  await transfer(
    ["a.txt", "b with space.txt", "folder"].map((name) => join(place.from, name)),
    ["--out", place.to],
    { env: place.env, cwd: place.path },
  );
  expect(await listing(place.to)).toEqual(await listing(place.from));
});

test("a stream goes from standard input to standard output", async () => {
  await using place = await folders();
  const input = randomBytes(3_000_000);
  const { received } = await transfer(["-"], ["--out", "-"], { env: place.env, cwd: place.path, input });
  expect(received.stdout.equals(input)).toBe(true);
});

test("a file on standard input is sent from where it stands", async () => {
  await using place = await folders();
  const content = randomBytes(1_000_000);
  const path = join(place.path, "content");
  await writeFile(path, content);
  await using file = await open(path);
  // As a shell does that has read a line of it: both have the same place in the file.
  await file.read(new Uint8Array(1000), 0, 1000, null);
  const { received } = await transfer(["-"], ["--out", "-"], { env: place.env, cwd: place.path, input: file.fd });
  expect(received.stdout.equals(content.subarray(1000))).toBe(true);
});

test("each line of a live stream arrives before the next is written", async () => {
  await using place = await folders();
  const { env } = place;
  await using sender = new Duet(["send", "-", "--json"], { env, cwd: place.path, isFed: true });
  const { code, relay } = await sender.code();
  const receive = ["receive", code, "--relay", relay, "--yes", "--out", "-"];
  await using recipient = new Duet(receive, { env, cwd: place.path });
  let written = "";
  for (const line of ["one\n", "two\n", "three, longer than a record\n".repeat(50_000), "four\n"]) {
    written += line;
    sender.child.stdin?.write(line);
    await recipient.hasWritten(written);
  }
  sender.child.stdin?.end();
  const [sent, received] = await Promise.all([sender.ended, recipient.ended]);
  expect([sent.code, received.code, received.stdout.length]).toEqual([0, 0, written.length]);
});

test("a stream with a name becomes a file of that name", async () => {
  await using place = await folders();
  await transfer(["-", "--name", "notes.txt"], ["--out", place.to], {
    env: place.env,
    cwd: place.path,
    input: "hello\n",
  });
  expect(await readFile(join(place.to, "notes.txt"), "utf8")).toBe("hello\n");
});

test("a file goes to standard output too", async () => {
  await using place = await folders();
  await writeFile(join(place.from, "a.txt"), "content");
  const { received } = await transfer([join(place.from, "a.txt")], ["--out", "-"], { env: place.env, cwd: place.path });
  expect(received.stdout.toString()).toBe("content");
});

test("a text is printed, and nothing is written", async () => {
  await using place = await folders();
  const { received } = await transfer(["--text", "see you at eight"], ["--out", place.to], {
    env: place.env,
    cwd: place.path,
  });
  expect(received.stdout.toString()).toBe("see you at eight\n");
  expect(await readdir(place.to)).toEqual([]);
});

test("--json tells the whole story of both sides, by the schema", async () => {
  await using place = await folders();
  await writeFile(join(place.from, "a.bin"), randomBytes(5_000_000));
  const { sender, recipient } = await transfer([join(place.from, "a.bin")], ["--out", place.to, "--json"], {
    env: place.env,
    cwd: place.path,
  });
  const names = (events: Duet["events"]): unknown[] => [...new Set(events.map(({ event }) => event))];
  expect(names(sender.events)[0]).toBe("code");
  expect(names(sender.events)).toEqual(expect.arrayContaining(["code", "waiting", "offer", "progress", "done"]));
  expect(names(recipient.events)).toEqual(expect.arrayContaining(["offer", "progress", "done"]));
  for (const { events } of [sender, recipient]) {
    expect(events.at(-1)).toMatchObject({ event: "done", files: 1, bytes: 5_000_000 });
    expect(events.findLast(({ event }) => event === "progress")).toMatchObject({ bytes: 5_000_000, total: 5_000_000 });
  }
  expect(sender.stderr).toBe("");
});

describe("a name that is taken", () => {
  test.each([
    [[], { "a.txt": "old", "a (1).txt": "new" }],
    [["--rename"], { "a.txt": "old", "a (1).txt": "new" }],
    [["--overwrite"], { "a.txt": "new" }],
    [["--skip"], { "a.txt": "old" }],
  ] as const)("with %j leaves %j", async (rule, expected) => {
    await using place = await folders();
    await writeFile(join(place.from, "a.txt"), "new");
    await writeFile(join(place.to, "a.txt"), "old");
    await transfer([join(place.from, "a.txt")], ["--out", place.to, ...rule], { env: place.env, cwd: place.path });
    const found: Record<string, string> = {};
    for (const name of await readdir(place.to)) found[name] = await readFile(join(place.to, name), "utf8");
    expect(found).toEqual(expected);
  });
});

test("the code may come by the environment or by standard input", async () => {
  await using place = await folders();
  for (const way of ["environment", "input"] as const) {
    await using sender = new Duet(["send", "--text", way, "--json"], { env: place.env });
    const { code, relay } = await sender.code();
    const given =
      way === "environment" ? { env: { ...place.env, DUET_CODE: code } } : { env: place.env, input: `${code}\n` };
    await using recipient = new Duet(["receive", "--relay", relay, "--yes"], given);
    expect((await recipient.ended).stdout.toString()).toBe(`${way}\n`);
    expect((await sender.ended).code).toBe(0);
  }
});

test("--limit-rate slows a transfer down", async () => {
  await using place = await folders();
  await writeFile(join(place.from, "a.bin"), randomBytes(300_000));
  const { sender } = await transfer([join(place.from, "a.bin"), "--limit-rate", "200k"], ["--out", place.to], {
    env: place.env,
    cwd: place.path,
  });
  // 300 kB at 200 kB/s are 1.5 s, less what the first slice does not wait for.
  expect(sender.events.at(-1)?.["seconds"]).toBeGreaterThan(1.2);
  expect(await listing(place.to)).toEqual(await listing(place.from));
});

test("while bytes move, both sides tell of the file that they are in, and of the way that the bytes take", async () => {
  await using place = await folders();
  for (const name of ["a", "b"]) await writeFile(join(place.from, name), randomBytes(3_000_000));
  const paths = ["a", "b"].map((name) => join(place.from, name));
  await using sender = new Duet(["send", ...paths, "--json", "--limit-rate", "2M"], { env: place.env });
  const { code, relay } = await sender.code();
  await using recipient = new Duet(["receive", code, "--relay", relay, "--yes", "--json", "--out", place.to], {
    env: place.env,
  });
  await Promise.all([sender.ended, recipient.ended]);
  for (const { events } of [sender, recipient]) {
    const named = events.flatMap(({ event, file }) => (event === "progress" && file !== undefined ? [file] : []));
    expect(named).toContainEqual({ path: "b", bytes: expect.any(Number) as unknown, total: 3_000_000 });
    expect(events.find(({ event }) => event === "connected")).toMatchObject({
      via: { kind: "stapler", address: expect.stringMatching(/:\d+$/) as unknown },
    });
  }
});

test("100 MiB arrive equal, and neither side needs more than 150 MB for it", { timeout: 120_000 }, async () => {
  await using place = await folders();
  const content = randomBytes(100 * 1024 * 1024);
  await writeFile(join(place.from, "big.bin"), content);
  const debug = ["--log-level", "debug"];
  const { sent, received } = await transfer([join(place.from, "big.bin"), ...debug], ["--out", place.to, ...debug], {
    env: place.env,
    cwd: place.path,
  });
  expect((await readFile(join(place.to, "big.bin"))).equals(content)).toBe(true);
  for (const { stderr } of [sent, received]) {
    const megabytes = Number(/peak memory (\d+) MB/.exec(stderr)?.[1]);
    expect(megabytes).toBeGreaterThan(0);
    expect(megabytes).toBeLessThan(150);
  }
});
