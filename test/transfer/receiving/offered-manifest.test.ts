import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import type { IncomingMessage } from "../../../src/transfer/connection/incoming.js";
import { readManifest } from "../../../src/transfer/receiving/offered-manifest.js";
import { scratch } from "../../helpers/scratch.js";
import { jsonLines } from "../helpers/wire-peer.js";

/** As a connection gives it: the reader takes chunks and nothing else. */
function messageOf(plaintext: Uint8Array): IncomingMessage {
  let at = 0;
  const next = async (): Promise<Uint8Array | undefined> => {
    const chunk = plaintext.subarray(at, (at += 65_536));
    return chunk.length === 0 ? undefined : chunk;
  };
  return { next } as unknown as IncomingMessage;
}

const file = (path: string) => ({ path, type: "file", size: 0 });
const manifestOf = (paths: readonly string[]) =>
  messageOf(jsonLines({ kind: "files", entries: paths.length, bytes: 0 }, ...paths.map(file)));

test("a manifest of deep paths costs its receiver what its names cost, not their depth times that", async () => {
  const folders = Array.from({ length: 126 }, (_, depth) => `${"folder".repeat(2)}-${depth}`).join("/");
  const paths = Array.from({ length: 2_000 }, (_, number) => `${number}/${folders}/file`);
  const message = manifestOf(paths);
  const before = process.memoryUsage();
  const { manifest } = await readManifest(message);
  const after = process.memoryUsage();
  expect(manifest.entries).toHaveLength(2_000);
  expect(after.heapUsed - before.heapUsed).toBeLessThan(250e6);
});

test.each([
  ["further in", ["a/b/c", "a/B/d"]],
  ["at the end", ["a/b/c", "a/b/C"]],
  ["of an implied folder and a file", ["a/b/c", "a/B"]],
])("two spellings of one name are refused %s", async (_where, paths) => {
  await expect(readManifest(manifestOf(paths))).rejects.toMatchObject({
    code: "bad_message",
    message: expect.stringContaining("differ only in case") as string,
  });
});

test("the same name in two folders is no collision", async () => {
  expect((await readManifest(manifestOf(["a/x", "b/X", "x"]))).manifest.entries).toHaveLength(3);
});

test("a list without end ends at its limit, on a disk and not in memory, and leaves nothing", async () => {
  await using place = await scratch();
  const line = (number: number): string =>
    JSON.stringify({ ...file(`${number}-${"x".repeat(200)}`), y: "y".repeat(15_000) });
  let number = 0;
  const next = async (): Promise<Uint8Array> =>
    Buffer.from(`${number++ === 0 ? '{"kind":"files","entries":2000000,"bytes":0}' : line(number)}\n`);
  const before = process.memoryUsage().rss;
  await expect(
    readManifest({ next } as unknown as IncomingMessage, { temporary: place.path, maxBytes: 64 * 1024 * 1024 }),
  ).rejects.toMatchObject({ code: "bad_message", message: "the list of files is too long" });
  expect(number).toBeGreaterThan(4_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(48e6);
  expect((await readdir(place.path)).toSorted()).toEqual(["from", "to"]);
});
