/**
 * HalfSipHash-2-4 with 64 bits of output (Aumasson and Bernstein; the form for 32-bit arithmetic, which is what
 * JavaScript is fast at). Its key is what keeps others from choosing names that meet in one place of a table: that is
 * what it is for here, and all that it is good for. It is no MAC.
 */

export const HASH_KEY_BYTES = 8;

/** Hashes names below what they are in. The result is in `high` and `low` until the next call: nothing is allocated. */
export class NameHash {
  /** Unsigned 32-bit halves of the latest hash. */
  high = 0;
  low = 0;
  readonly #k0: number;
  readonly #k1: number;

  /** @param key `HASH_KEY_BYTES` random bytes, not told to anybody */
  constructor(key: Uint8Array) {
    const view = new DataView(key.buffer, key.byteOffset, HASH_KEY_BYTES);
    this.#k0 = view.getInt32(0, true);
    this.#k1 = view.getInt32(4, true);
  }

  /** Of two words and the UTF-16 units of a name, all of them little-endian. */
  update(first: number, second: number, name: string): void {
    let v0 = this.#k0;
    let v1 = this.#k1 ^ 0xee;
    let v2 = this.#k0 ^ 0x6c796765;
    let v3 = this.#k1 ^ 0x74656462;
    const { length } = name;
    const pairs = length >>> 1;
    // Two words, a word for two units, the last one with the length, and the two finalizations.
    for (let at = -2; at <= pairs + 2; at++) {
      let word = 0;
      let rounds = 2;
      if (at < 0) word = at === -2 ? first : second;
      else if (at < pairs) word = name.charCodeAt(2 * at) | (name.charCodeAt(2 * at + 1) << 16);
      else if (at === pairs) word = ((8 + 2 * length) << 24) | (length % 2 === 1 ? name.charCodeAt(length - 1) : 0);
      else rounds = 4;
      if (at === pairs + 1) v2 ^= 0xee;
      if (at === pairs + 2) v1 ^= 0xdd;
      v3 ^= word;
      for (; rounds > 0; rounds--) {
        v0 = (v0 + v1) | 0;
        v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
        v0 = (v0 << 16) | (v0 >>> 16);
        v2 = (v2 + v3) | 0;
        v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
        v0 = (v0 + v3) | 0;
        v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
        v2 = (v2 + v1) | 0;
        v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
        v2 = (v2 << 16) | (v2 >>> 16);
      }
      v0 ^= word;
      if (at === pairs + 1) this.high = (v1 ^ v3) >>> 0;
    }
    this.low = (v1 ^ v3) >>> 0;
  }
}
