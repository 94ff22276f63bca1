import { createHash, type Hash } from "node:crypto";

/** Reads bytes at a place of a file: fewer than the target holds only at its end. */
export type ReadAt = (target: Uint8Array, position: number) => Promise<number>;

/** Few calls for a large file, and still some hundred a second, so that progress moves and an abort is felt. */
const STEP_BYTES = 1024 * 1024;

/**
 * SHA-256 of the beginning of a file that only grows. Its state is kept from one loss to the next, so that over all losses
 * of a transfer every byte is hashed once.
 */
export class PrefixHash {
  #hash: Hash = createHash("sha256");
  #hashed = 0;

  /**
   * Reads what is new since the last call. A call that is broken off loses nothing of what it has hashed.
   *
   * @param hashed is told after each step how many bytes are hashed
   * @returns undefined when the file is shorter than `length`
   * @throws what `read` throws, and the signal's reason
   */
  async digest(
    length: number,
    read: ReadAt,
    signal: AbortSignal,
    hashed: (bytes: number) => void,
  ): Promise<Uint8Array | undefined> {
    if (length < this.#hashed) this.reset();
    const buffer = new Uint8Array(Math.min(STEP_BYTES, length - this.#hashed));
    while (this.#hashed < length) {
      const at = this.#hashed;
      const bytes = await read(buffer.subarray(0, length - at), at);
      // Whoever aborted may have begun another call meanwhile: nothing of this one goes in any more.
      signal.throwIfAborted();
      if (bytes === 0) return undefined;
      this.#hash.update(buffer.subarray(0, bytes));
      this.#hashed += bytes;
      hashed(this.#hashed);
    }
    return this.#hash.copy().digest();
  }

  /** Forgets everything: the file begins again. */
  reset(): void {
    this.#hash = createHash("sha256");
    this.#hashed = 0;
  }
}
