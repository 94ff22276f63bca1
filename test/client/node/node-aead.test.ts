import fc from "fast-check";
import { expect, test } from "vitest";
import { nodeAead } from "../../../src/client/node/node-aead.js";
import { loadPortableAead } from "../../../src/protocol/aead.js";
import { concat } from "../../../src/protocol/bytes.js";
import { portableAead } from "../../../src/protocol/portable-aead.js";

const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

test("both AEADs make the same bytes, and each opens what the other sealed", () => {
  fc.assert(
    fc.property(fixed(32), fixed(12), fc.uint8Array({ maxLength: 300 }), (key, nonce, plaintext) => {
      const sealed = concat(...nodeAead.seal(key, nonce, plaintext));
      expect(concat(...portableAead.seal(key, nonce, plaintext))).toEqual(sealed);
      expect(portableAead.open(key, nonce, sealed)).toEqual(plaintext);
      expect(Uint8Array.from(nodeAead.open(key, nonce, sealed) ?? [1])).toEqual(plaintext);
    }),
  );
});

test.each([
  ["node:crypto", nodeAead],
  ["portable", portableAead],
])("%s refuses a record with any bit changed, the tag included", (_name, aead) => {
  const key = new Uint8Array(32).fill(1);
  const nonce = new Uint8Array(12).fill(2);
  const sealed = concat(...aead.seal(key, nonce, new Uint8Array(8)));
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = sealed.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
    expect(aead.open(key, nonce, changed)).toBeUndefined();
  }
  expect(aead.open(key, nonce, sealed.subarray(1))).toBeUndefined();
});

test("node:crypto hands out ciphertext and tag apart, so that nothing is copied", () => {
  const [ciphertext, tag, ...more] = nodeAead.seal(new Uint8Array(32), new Uint8Array(12), new Uint8Array(1000));
  expect([ciphertext?.length, tag?.length, more.length]).toEqual([1000, 16, 0]);
});

test("the portable one comes when it is asked for", async () => {
  expect(await loadPortableAead()).toBe(portableAead);
});

test("the nonce may be changed in place between chunks", () => {
  const nonce = new Uint8Array(12);
  const first = nodeAead.seal(new Uint8Array(32), nonce, new Uint8Array(4)).map((part) => part.slice());
  nonce[11] = 1;
  nodeAead.seal(new Uint8Array(32), nonce, new Uint8Array(4));
  nonce[11] = 0;
  expect(nodeAead.seal(new Uint8Array(32), nonce, new Uint8Array(4)).map((part) => part.slice())).toEqual(first);
});
