import { expect, test } from "vitest";
import { fastAead } from "../../../src/client/node/fast-aead.js";
import { nodeAead } from "../../../src/client/node/node-aead.js";
import { loadOpensslAead } from "../../../src/client/node/openssl-aead.js";

const KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
const NONCE = Uint8Array.from({ length: 12 }, (_, index) => 200 + index);

test("large chunks are the same before and after the faster way is loaded, and their memory is used again then", async () => {
  const chunk = Uint8Array.from({ length: 1_048_576 }, (_, index) => index % 251);
  const expected = Buffer.concat(nodeAead.seal(KEY, NONCE, chunk));
  const before = Buffer.concat(fastAead.seal(KEY, NONCE, chunk));
  await loadOpensslAead();
  await new Promise((resolve) => setImmediate(resolve));
  const after = fastAead.seal(KEY, NONCE, chunk);
  expect([before.equals(expected), Buffer.concat(after).equals(expected)]).toEqual([true, true]);
  expect(after.map((part) => fastAead.reclaim?.(part))).toEqual([true]);
});

test("memory of others is not taken", () => {
  expect(fastAead.reclaim?.(new Uint8Array(16))).toBe(false);
});
