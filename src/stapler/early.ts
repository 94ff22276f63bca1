import { EARLY_MAX_BYTES } from "./limits.js";

/** The first buffer: most often all that comes early is a short line or the head of a message. */
const FIRST_BYTES = 256;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * What a peer has sent behind its hello line while there is nobody to give it to, so that no round trip is lost.
 * Bounded: at the bound its connection is not read any more. One buffer, however the bytes were cut: kept as they came,
 * 64 KiB in segments of one byte each are 65,536 objects and 11.6 MB.
 */
export class EarlyBytes {
  #bytes: Buffer = NOTHING;
  #length = 0;

  /** The memory that is held. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /**
   * @param bytes copied
   * @returns whether there is room for more. The last bytes may pass the bound by one read.
   */
  keep(bytes: Buffer): boolean {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) this.#grow(length);
    bytes.copy(this.#bytes, this.#length);
    this.#length = length;
    return length < EARLY_MAX_BYTES;
  }

  /** @returns all that was kept, which is then forgotten */
  take(): Buffer {
    const all = this.#bytes.subarray(0, this.#length);
    this.#bytes = NOTHING;
    this.#length = 0;
    return all;
  }

  #grow(needed: number): void {
    const doubled = Math.min(EARLY_MAX_BYTES, Math.max(FIRST_BYTES, 2 * this.#bytes.length));
    // Not of Node's shared slabs: these bytes may wait for 15 min, and would keep 8 KiB of others' with them.
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, doubled));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
