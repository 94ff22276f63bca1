/** Some of the entries of a list, a bit for each. */
export class EntrySet {
  readonly #bits: Uint8Array;
  #size = 0;

  /** @param length of the list */
  constructor(length: number) {
    this.#bits = new Uint8Array(Math.ceil(length / 8));
  }

  /** How many are in it. */
  get size(): number {
    return this.#size;
  }

  has(entry: number): boolean {
    return ((this.#bits[entry >>> 3] ?? 0) & (1 << (entry & 7))) !== 0;
  }

  add(entry: number): void {
    if (this.has(entry)) return;
    this.#bits[entry >>> 3] = (this.#bits[entry >>> 3] ?? 0) | (1 << (entry & 7));
    this.#size++;
  }
}
