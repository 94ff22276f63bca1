import { randomBytes } from "node:crypto";
import { chmod, mkdir, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { beforeAll, describe, expect, test } from "vitest";
import { receiveFiles } from "../../src/transfer/receiving/receive.js";
import type { ReceiveOptions } from "../../src/transfer/receiving/receive-options.js";
import { sendFiles, type SendOptions } from "../../src/transfer/sending/send.js";
import { agree, Rendezvous } from "./helpers/rendezvous.js";
import { scratch, snapshot } from "../helpers/scratch.js";

let session: Awaited<ReturnType<typeof agree>>;
beforeAll(async () => {
  session = await agree();
});

const signal = new AbortController().signal;
const yes = async () => ({ accept: true }) as const;

async function transfer(
  content: SendOptions["content"],
  out: ReceiveOptions["out"],
  more: Partial<ReceiveOptions> = {},
) {
  const rendezvous = new Rendezvous([session]);
  const sent = sendFiles({ exchange: rendezvous.sender, content, signal });
  const received = receiveFiles({ exchange: rendezvous.recipient, out, consent: yes, signal, ...more });
  const [s, r] = await Promise.all([sent, received]);
  return { sent: s, received: r, rendezvous };
}

test("a file arrives as it was, with its mode and time", async () => {
  await using place = await scratch();
  await writeFile(join(place.from, "report.pdf"), randomBytes(300_000));
  await chmod(join(place.from, "report.pdf"), 0o640);
  await utimes(join(place.from, "report.pdf"), 1_700_000_000.123, 1_700_000_000.123);
  const { sent, received, rendezvous } = await transfer({ paths: [join(place.from, "report.pdf")] }, place.to);
  expect(await snapshot(place.to)).toEqual(await snapshot(place.from));
  expect(sent).toMatchObject({ files: 1, bytes: 300_000, failed: [] });
  expect(received).toMatchObject({ files: 1, bytes: 300_000, failed: [], names: ["report.pdf"], into: place.to });
  expect(rendezvous.closes).toEqual([{ role: "recipient", reason: "done" }]);
});

describe("what arrives is what was sent", () => {
  test.each([0, 1, 16_383, 16_384, 16_385, 16_384 - 20, 16_384 - 21, 32_768, 100_000])(
    "in a file of %i bytes",
    async (size) => {
      await using place = await scratch();
      await writeFile(join(place.from, "a"), randomBytes(size));
      await transfer({ paths: [join(place.from, "a")] }, place.to);
      expect(await snapshot(place.to)).toEqual(await snapshot(place.from));
    },
  );
});

test("a folder arrives as it was: spaces, Unicode, empty files and folders, modes, times, links", async () => {
  await using place = await scratch();
  const root = join(place.from, "my photos");
  await mkdir(join(root, "日本語 – ünï", "deep", "er"), { recursive: true });
  await mkdir(join(root, "empty folder"));
  await writeFile(join(root, "empty"), "");
  await writeFile(join(root, "-starts with a dash"), "x");
  await writeFile(join(root, 'it\'s $HOME & "more"'), "y");
  await writeFile(join(root, "日本語 – ünï", "deep", "er", "🎉.txt"), randomBytes(70_000));
  await writeFile(join(root, "run.sh"), "#!/bin/sh\n", { mode: 0o755 });
  await writeFile(join(root, "read only"), "z");
  await chmod(join(root, "read only"), 0o444);
  await symlink("run.sh", join(root, "link"));
  await symlink("../../run.sh", join(root, "日本語 – ünï", "deep", "up"));
  await symlink("nowhere", join(root, "dangling"));
  await chmod(join(root, "empty folder"), 0o555);
  await utimes(join(root, "日本語 – ünï"), 1_600_000_000, 1_600_000_000);
  const { received } = await transfer({ paths: [root] }, place.to);
  expect(await snapshot(place.to)).toEqual(await snapshot(place.from));
  expect(received).toMatchObject({ files: 6, names: ["my photos"] });
});

test("a text is handed out, not stored", async () => {
  await using place = await scratch();
  const { received } = await transfer({ text: "héllo\n" }, place.to);
  expect(received.text).toBe("héllo\n");
  expect(await snapshot(place.to)).toEqual({});
});

test("a stream becomes a file of the given name", async () => {
  await using place = await scratch();
  const { received } = await transfer(
    { stream: Readable.from([Buffer.from("a"), "b", Buffer.from("c")]), name: "notes.txt" },
    place.to,
  );
  expect(Object.keys(await snapshot(place.to))).toEqual(["notes.txt"]);
  expect(received).toMatchObject({ files: 1, bytes: 3 });
});

test("an empty stream becomes an empty file", async () => {
  await using place = await scratch();
  await transfer({ stream: Readable.from([]) }, place.to);
  expect(Object.values(await snapshot(place.to))).toEqual([expect.stringContaining(" 0 ")]);
});

test("a file can be received into a stream", async () => {
  await using place = await scratch();
  const content = randomBytes(200_000);
  await writeFile(join(place.from, "a"), content);
  const out = new PassThrough({ highWaterMark: 1_000_000 });
  await transfer({ paths: [join(place.from, "a")] }, out);
  expect(Buffer.from(out.read()).equals(content)).toBe(true);
});

test.each([
  [0o077, "700", "600"],
  [0o027, "750", "640"],
  [undefined, "755", "644"],
])("the umask of the recipient (%o) is taken from every mode", async (umask, folder, plain) => {
  await using place = await scratch();
  await mkdir(join(place.from, "d"));
  await writeFile(join(place.from, "d", "a"), "x");
  await chmod(join(place.from, "d", "a"), 0o666);
  await chmod(join(place.from, "d"), 0o777);
  await transfer({ paths: [join(place.from, "d")] }, place.to, umask === undefined ? {} : { umask });
  const modes = Object.values(await snapshot(place.to)).map((line) => line.split(" ").slice(0, 2));
  expect(modes).toEqual([
    ["dir", folder],
    ["file", plain],
  ]);
});
