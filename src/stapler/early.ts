import { EARLY_MAX_BYTES } from "./limits.js";

/**
 * What a peer has sent behind its hello line while there is nobody to give it to, so that no round trip is lost.
 * Bounded: at the bound its connection is not read any more.
 */
export class EarlyBytes {
  readonly #parts: Buffer[] = [];
  #length = 0;

  /**
   * @param bytes copied
   * @returns whether there is room for more. The last bytes may pass the bound by one read.
   */
  keep(bytes: Buffer): boolean {
    this.#parts.push(Buffer.from(bytes));
    this.#length += bytes.length;
    return this.#length < EARLY_MAX_BYTES;
  }

  /** @returns all that was kept, which is then forgotten */
  take(): Buffer {
    const all = Buffer.concat(this.#parts);
    this.#parts.length = 0;
    this.#length = 0;
    return all;
  }
}
