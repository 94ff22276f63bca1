import type { EntryList, ManifestEntry } from "./manifest.js";

/** In the place of a size. */
const DIR = -1;
const LINK = -2;
const UNKNOWN = -3;
const ROOM_AT_FIRST = 64;

/** Type and size of every entry, which is all that frames and answers need: 8 bytes each. */
export class EntrySizes {
  #sizes = new Float64Array(ROOM_AT_FIRST);
  #length = 0;
  #files = 0;
  #folders = 0;
  #bytes = 0;

  /** @returns those of a list, which it has at hand or which are read from it */
  static of(entries: EntryList): EntrySizes {
    if (entries.sizes !== undefined) return entries.sizes;
    const sizes = new EntrySizes();
    for (const entry of entries) sizes.push(entry);
    return sizes;
  }

  get length(): number {
    return this.#length;
  }

  /** How many entries are files. */
  get files(): number {
    return this.#files;
  }

  get folders(): number {
    return this.#folders;
  }

  get links(): number {
    return this.#length - this.#files - this.#folders;
  }

  /** The sum of all that are known. */
  get bytes(): number {
    return this.#bytes;
  }

  push({ type, size }: ManifestEntry): void {
    if (this.#length === this.#sizes.length) {
      const more = new Float64Array(this.#length * 2);
      more.set(this.#sizes);
      this.#sizes = more;
    }
    if (type === "file") this.#files++;
    else if (type === "dir") this.#folders++;
    this.#bytes += size ?? 0;
    this.#sizes[this.#length++] = type === "dir" ? DIR : type === "link" ? LINK : (size ?? UNKNOWN);
  }

  /** @returns undefined for a number that no entry has */
  typeOf(entry: number): ManifestEntry["type"] | undefined {
    const size = this.#at(entry);
    if (size === undefined) return undefined;
    return size === DIR ? "dir" : size === LINK ? "link" : "file";
  }

  isFile(entry: number): boolean {
    return this.typeOf(entry) === "file";
  }

  /** @returns null for a stream of unknown length, 0 for what is no file */
  sizeOf(entry: number): number | null {
    const size = this.#at(entry) ?? 0;
    return size === UNKNOWN ? null : Math.max(0, size);
  }

  #at(entry: number): number | undefined {
    return entry < this.#length ? this.#sizes[entry] : undefined;
  }
}
