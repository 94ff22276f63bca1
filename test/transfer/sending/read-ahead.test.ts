import { mkdir, symlink, truncate, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Acceptance } from "../../../src/protocol/index.js";
import type { EntryReader } from "../../../src/transfer/sending/entry-reader.js";
import { Prompt } from "../../../src/transfer/disk/prompt.js";
import { ReadAhead } from "../../../src/transfer/sending/read-ahead.js";
import { openSource, type Source } from "../../../src/transfer/sending/source.js";
import { scratch } from "../../helpers/scratch.js";

const never = new AbortController().signal;
const SIZES = [0, 1, 4096, 20_000, 256 * 1024, 256 * 1024 + 1, 3];
/** A disk that every call has to wait for, as its clock says. */
const slowClock = (): (() => number) => {
  let now = 0;
  return () => (now += 20);
};
const DISKS = [
  ["that answers at once", () => new Prompt(() => 0)],
  ["that has to be waited for", () => new Prompt(slowClock())],
] as const;

async function folderOf(from: string, sizes = SIZES): Promise<Source> {
  await mkdir(join(from, "d"));
  for (const [i, size] of sizes.entries()) await writeFile(join(from, "d", `f${i}`), Buffer.alloc(size, i + 1));
  return await openSource({ paths: [join(from, "d")] }, never);
}

/** Everything that a reader gives, read in pieces. */
async function drain(reader: EntryReader, piece: number): Promise<Buffer | "changed"> {
  const parts: Buffer[] = [];
  try {
    for (;;) {
      const target = new Uint8Array(piece);
      const { bytes, state } = await reader.read(target, true);
      if (state === "changed") return "changed";
      parts.push(Buffer.from(target.subarray(0, bytes)));
      if (state === "end") return Buffer.concat(parts);
    }
  } finally {
    await reader.close();
  }
}

test.each(DISKS)("files are read as they are on a disk %s", async (_what, prompt) => {
  await using place = await scratch();
  const source = await folderOf(place.from);
  for (const piece of [1_000, 1_000_000]) {
    const ahead = new ReadAhead(source, new Acceptance("send", [[4, { do: "skip" }]]), prompt());
    for (const [i, size] of SIZES.entries()) {
      if (size === 0 || i === 3) continue;
      const read = await drain(await ahead.open(i + 1), piece);
      // Byte by byte, as `toEqual` does it, takes seconds.
      expect(read !== "changed" && read.equals(Buffer.alloc(size, i + 1))).toBe(true);
    }
    await ahead.close();
  }
  await source.close();
});

test.each(DISKS)("what is not as it was announced is given up, on a disk %s", async (_what, prompt) => {
  await using place = await scratch();
  const source = await folderOf(place.from, [5, 5, 5, 5]);
  const at = (name: string): string => join(place.from, "d", name);
  await truncate(at("f0"), 4);
  await unlink(at("f1"));
  await mkdir(at("f1"));
  await unlink(at("f2"));
  await symlink(at("f3"), at("f2"));
  const ahead = new ReadAhead(source, new Acceptance("send"), prompt());
  const read = async (entry: number): Promise<unknown> => {
    try {
      return await drain(await ahead.open(entry), 100);
    } catch (error) {
      return (error as { readonly code: unknown }).code;
    }
  };
  expect([await read(1), await read(2), await read(3), await read(4)]).toEqual([
    "changed",
    "changed",
    "cannot_read",
    Buffer.alloc(5, 4),
  ]);
  await ahead.close();
  await source.close();
});

test("a disk that has to be waited for is not called directly, until it has had time to recover", () => {
  let now = 0;
  const prompt = new Prompt(() => now);
  const takes = (ms: number) => prompt.call(() => (now += ms));
  for (let call = 0; call < 100; call++) takes(call % 50 === 0 ? 8 : 0.1);
  expect(prompt.isPrompt).toBe(true);
  // The other programs of a busy machine have had their turn, for long.
  for (let call = 0; call < 3; call++) takes(400);
  expect(prompt.isPrompt).toBe(true);
  const fails = (): never => {
    now += 20;
    throw new Error("slow and wrong");
  };
  for (let call = 0; call < 2; call++) expect(() => prompt.call(fails)).toThrow("slow and wrong");
  expect(prompt.isPrompt).toBe(false);
  now += 1_000;
  expect(prompt.isPrompt).toBe(true);
  for (let call = 0; call < 20; call++) takes(1);
  expect(prompt.isPrompt).toBe(true);
  for (let call = 0; call < 20; call++) takes(1);
  expect(prompt.isPrompt).toBe(false);
});
