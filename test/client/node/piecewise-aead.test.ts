import { expect, test } from "vitest";
import { nodeAead } from "../../../src/client/node/node-aead.js";
import { createPiecewiseAead } from "../../../src/client/node/piecewise-aead.js";

const KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
const NONCE = Uint8Array.from({ length: 12 }, (_, index) => 200 + index);
const PIECE = 64 * 1024;
/** Node 22 and later. */
const canGiveBack = "transfer" in ArrayBuffer.prototype;

const plain = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index % 251);

function piecewise(): NonNullable<ReturnType<typeof createPiecewiseAead>> {
  const aead = createPiecewiseAead();
  if (aead === undefined) throw new Error("this engine can give memory back");
  return aead;
}

test("it is there exactly where the engine gives memory back", () => {
  expect(createPiecewiseAead() !== undefined).toBe(canGiveBack);
});

test.skipIf(!canGiveBack).each([0, 1, 1000, PIECE - 1, PIECE, PIECE + 1, 1_048_575, 1_048_576])(
  "%i bytes are sealed to what node:crypto makes of them in one piece, and opened in place",
  (length) => {
    const aead = piecewise();
    const sealed = Buffer.concat(aead.seal(KEY, NONCE, plain(length)));
    expect(sealed.equals(Buffer.concat(nodeAead.seal(KEY, NONCE, plain(length))))).toBe(true);
    const opened = aead.open(KEY, NONCE, sealed);
    expect(Buffer.compare(opened ?? Buffer.of(1), plain(length))).toBe(0);
    expect(opened?.buffer).toBe(sealed.buffer);
  },
);

test.skipIf(!canGiveBack).each([0, PIECE - 1, PIECE, 99_999, 100_000, 100_015])(
  "a changed byte %i is refused, in whatever piece it is",
  (at) => {
    const sealed = Buffer.concat(piecewise().seal(KEY, NONCE, plain(100_000)));
    sealed[at] = (sealed[at] ?? 0) ^ 1;
    expect(piecewise().open(KEY, NONCE, sealed)).toBeUndefined();
  },
);

test.skipIf(!canGiveBack)("what was given in stays as it was, and what is on its way out is not written over", () => {
  const aead = piecewise();
  const plaintext = plain(100_000);
  const [first] = aead.seal(KEY, NONCE, plaintext);
  const copy = first?.slice();
  aead.seal(KEY, NONCE, new Uint8Array(100_000));
  expect([plaintext, first]).toEqual([plain(100_000), copy]);
});

test.skipIf(!canGiveBack)("memory that was given back is used again, once", () => {
  const aead = piecewise();
  const [first = Buffer.of()] = aead.seal(KEY, NONCE, plain(100_000));
  expect([aead.reclaim?.(first), aead.reclaim?.(first)]).toEqual([true, false]);
  const [second] = aead.seal(KEY, NONCE, plain(100_000));
  const [third] = aead.seal(KEY, NONCE, plain(100_000));
  expect(second?.buffer).toBe(first.buffer);
  expect(third?.buffer).not.toBe(first.buffer);
});
