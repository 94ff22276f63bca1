import { beforeAll, expect, test } from "vitest";
import { nodeAead } from "../../../src/client/node/node-aead.js";
import { loadOpensslAead } from "../../../src/client/node/openssl-aead.js";
import type { Aead } from "../../../src/protocol/index.js";

const KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
const NONCE = Uint8Array.from({ length: 12 }, (_, index) => 200 + index);

let aead: Aead;
beforeAll(async () => {
  const loaded = await loadOpensslAead();
  // koffi is a development package, and this Node has OpenSSL inside.
  if (loaded === undefined) throw new Error("the way into OpenSSL was not found");
  aead = loaded;
});

const plain = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index % 251);

test.each([0, 1, 15, 16, 17, 1000, 1_048_576])("%i bytes are sealed to what node:crypto makes of them", (length) => {
  const sealed = Buffer.concat(aead.seal(KEY, NONCE, plain(length)));
  expect(sealed.equals(Buffer.concat(nodeAead.seal(KEY, NONCE, plain(length))))).toBe(true);
  expect(Buffer.compare(aead.open(KEY, NONCE, sealed) ?? Buffer.of(1), plain(length))).toBe(0);
});

test.each([0, 999, 1000, 1015])("a changed byte %i is refused, and the next one is opened", (at) => {
  const sealed = Buffer.concat(aead.seal(KEY, NONCE, plain(1000)));
  const changed = Buffer.from(sealed);
  changed[at] = (changed[at] ?? 0) ^ 1;
  expect(aead.open(KEY, NONCE, changed)).toBeUndefined();
  expect(aead.open(KEY, NONCE, sealed)).toBeDefined();
});

test("what is still on its way out is not written over", () => {
  const [first] = aead.seal(KEY, NONCE, plain(1000));
  const copy = first?.slice();
  const [second] = aead.seal(KEY, NONCE, new Uint8Array(1000));
  expect(first).toEqual(copy);
  expect(second?.buffer).not.toBe(first?.buffer);
});

test("memory that was given back is used again, once", () => {
  const [first = Buffer.of()] = aead.seal(KEY, NONCE, plain(2000));
  expect(aead.reclaim?.(first)).toBe(true);
  expect(aead.reclaim?.(first)).toBe(false);
  const [second] = aead.seal(KEY, NONCE, plain(2000));
  const [third] = aead.seal(KEY, NONCE, plain(2000));
  expect(second?.buffer).toBe(first.buffer);
  expect(third?.buffer).not.toBe(first.buffer);
});

test("memory of others is not taken", () => {
  expect(aead.reclaim?.(new Uint8Array(16))).toBe(false);
});
