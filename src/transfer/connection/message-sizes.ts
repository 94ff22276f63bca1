/** Where a connection that follows a loss begins: little is lost with it, and its header still is a thousandth of it. */
const FIRST_BYTES = 64 * 1024;
/** A message that breaks off is sent again as a whole, so it is at most this part of what its connection has carried. */
const PART = 32;

/**
 * How many bytes go into the next chunk of a body. A chunk is of no use before its tag is there, so on a line that breaks
 * every few megabytes full ones would be sent twice too often. A line that never broke gets them from the start; after
 * a loss they grow with what the new connection has carried: full ones again behind 32 MiB.
 */
export class MessageSizes {
  readonly #chunk: number;
  readonly #isAfterLoss: boolean;
  #carried = 0;

  /** @param chunk the most that one holds */
  constructor(chunk: number, isAfterLoss: boolean) {
    this.#chunk = chunk;
    this.#isAfterLoss = isAfterLoss;
  }

  get next(): number {
    if (!this.#isAfterLoss) return this.#chunk;
    let size = FIRST_BYTES;
    while (size * 2 * PART <= this.#carried && size < this.#chunk) size *= 2;
    return Math.min(size, this.#chunk);
  }

  /** So many bytes were handed over. */
  carried(bytes: number): void {
    this.#carried += bytes;
  }
}
