import { expect, test } from "vitest";
import { freeBytes } from "../../src/transfer/free-bytes.js";

const CHUNK = 1024 * 1024;
const canFree = "transfer" in ArrayBuffer.prototype;

test.skipIf(!canFree)(
  "bug: on Node 24 a side needed 150 MB, since chunks that were written waited for the collector",
  () => {
    const chunk = new Uint8Array(CHUNK);
    freeBytes(chunk);
    expect(chunk.length).toBe(0);
  },
);

test.each([
  ["small pieces", new Uint8Array(1024)],
  ["a view of memory that holds more", new Uint8Array(2 * CHUNK).subarray(CHUNK)],
])("leaves %s as they are", (_what, bytes) => {
  const { length } = bytes;
  freeBytes(bytes);
  expect(bytes).toHaveLength(length);
});
