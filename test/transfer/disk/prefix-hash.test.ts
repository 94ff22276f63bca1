import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { PrefixHash } from "../../../src/transfer/disk/prefix-hash.js";

const MIB = 1024 * 1024;
const BYTES = Buffer.alloc(3 * MIB, "0123456789abcdef");
const never = new AbortController().signal;
const sha256 = (length: number): Buffer => createHash("sha256").update(BYTES.subarray(0, length)).digest();

function reading() {
  const read = { bytes: 0 };
  const readAt = async (target: Uint8Array, position: number): Promise<number> => {
    const part = BYTES.subarray(position, position + target.length);
    target.set(part);
    read.bytes += part.length;
    return part.length;
  };
  return { read, readAt };
}

describe("the hash of the beginning of a file", () => {
  test("is that of SHA-256, however it grows, and no byte is read twice", async () => {
    const { read, readAt } = reading();
    const prefix = new PrefixHash();
    for (const length of [0, 1, 1_000, MIB, MIB + 1, 3 * MIB]) {
      const digest = await prefix.digest(length, readAt, never, () => {});
      expect(Buffer.from(digest ?? [])).toEqual(sha256(length));
    }
    expect(read.bytes).toBe(3 * MIB);
  });

  test("of a shorter beginning than before is right too", async () => {
    const { readAt } = reading();
    const prefix = new PrefixHash();
    await prefix.digest(2 * MIB, readAt, never, () => {});
    expect(Buffer.from((await prefix.digest(5, readAt, never, () => {})) ?? [])).toEqual(sha256(5));
  });

  test("of more than there is, is none", async () => {
    const { readAt } = reading();
    expect(await new PrefixHash().digest(3 * MIB + 1, readAt, never, () => {})).toBeUndefined();
  });

  test("goes on where it was broken off", async () => {
    const { read, readAt } = reading();
    const prefix = new PrefixHash();
    const stop = new AbortController();
    const breaking = prefix.digest(3 * MIB, readAt, stop.signal, (bytes) => bytes === MIB && stop.abort());
    await expect(breaking).rejects.toMatchObject({ name: "AbortError" });
    expect(Buffer.from((await prefix.digest(3 * MIB, readAt, never, () => {})) ?? [])).toEqual(sha256(3 * MIB));
    // The step that was under way is read again, and none of those before it.
    expect(read.bytes).toBeLessThanOrEqual(4 * MIB);
  });
});
