import { closeSync, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { type Acceptance, EntrySizes } from "../../protocol/index.js";
import { BytesReader, cannotRead, type EntryReader, OPEN_FLAGS, type Piece } from "./entry-reader.js";
import { Prompt } from "../disk/prompt.js";
import type { Source } from "./source.js";

/** Files up to here are read in one piece. With the next line it bounds what is held: 4 MiB. */
const SMALL_BYTES = 256 * 1024;
/** On a disk that has to be waited for, so many are read at once. */
const FILES_AHEAD = 16;

/**
 * Opens small files before they are asked for, so that a list of thousands does not wait for each of them: directly
 * where the disk answers at once, many at a time where it does not.
 */
export class ReadAhead {
  readonly #source: Source;
  readonly #acceptance: Acceptance;
  readonly #sizes: EntrySizes;
  readonly #prompt: Prompt;
  readonly #ahead = new Map<number, Promise<EntryReader>>();
  /** Up to here everything was begun. */
  #begun = 0;

  constructor(source: Source, acceptance: Acceptance, prompt = new Prompt()) {
    this.#source = source;
    this.#acceptance = acceptance;
    this.#sizes = EntrySizes.of(source.manifest.entries);
    this.#prompt = prompt;
  }

  /** As `Source.open`; in ascending order. @throws DuetError `cannot_read` */
  async open(entry: number): Promise<EntryReader> {
    const ahead = this.#ahead.get(entry);
    if (ahead !== undefined) {
      this.#ahead.delete(entry);
      return await ahead;
    }
    if (!this.#isSmall(entry)) return await this.#source.open(entry);
    if (this.#prompt.isPrompt) return this.#direct(entry);
    this.#begin(entry);
    return await this.open(entry);
  }

  /** Lets go of what was opened and not asked for. */
  async close(): Promise<void> {
    for (const opening of this.#ahead.values()) await opening.then((reader) => reader.close()).catch(() => {});
    this.#ahead.clear();
  }

  #isSmall(entry: number): boolean {
    const size = this.#sizes.sizeOf(entry) ?? 0;
    const isWhole = this.#acceptance.of(entry).do === "send" && this.#sizes.isFile(entry);
    return isWhole && size > 0 && size <= SMALL_BYTES && this.#source.localPath !== undefined;
  }

  #direct(entry: number): EntryReader {
    const path = this.#source.localPath?.(entry) ?? "";
    return new SmallFile(path, this.#sizes.sizeOf(entry) ?? 0, this.#prompt);
  }

  #begin(from: number): void {
    for (let entry = Math.max(from, this.#begun); entry < this.#sizes.length; entry++) {
      if (this.#ahead.size >= FILES_AHEAD) break;
      this.#begun = entry + 1;
      if (!this.#isSmall(entry)) continue;
      const opening = this.#load(entry);
      opening.catch(() => {});
      this.#ahead.set(entry, opening);
    }
  }

  /** Reads all of it through the thread pool. */
  async #load(entry: number): Promise<EntryReader> {
    const reader = await this.#source.open(entry);
    try {
      const bytes = new Uint8Array(this.#sizes.sizeOf(entry) ?? 0);
      for (let done = 0; ;) {
        const piece = await reader.read(bytes.subarray(done), true);
        done += piece.bytes;
        if (piece.state === "end") return new BytesReader(bytes);
        if (piece.state === "changed") return CHANGED;
      }
    } finally {
      await reader.close();
    }
  }
}

const NOT_ALL: Piece = { bytes: 0, state: "changed" };
const CHANGED: EntryReader = { read: async () => NOT_ALL, close: async () => {} };

/** A file that is opened, read and closed by the first read of it, straight into the reader's memory if it fits. */
class SmallFile implements EntryReader {
  readonly #path: string;
  readonly #size: number;
  readonly #prompt: Prompt;
  #rest: BytesReader | undefined;

  constructor(path: string, size: number, prompt: Prompt) {
    this.#path = path;
    this.#size = size;
    this.#prompt = prompt;
  }

  async read(target: Uint8Array): Promise<Piece> {
    if (this.#rest !== undefined) return await this.#rest.read(target);
    const isFitting = this.#size <= target.length;
    const bytes = isFitting ? target.subarray(0, this.#size) : new Uint8Array(this.#size);
    if (!this.#prompt.call(() => this.#fill(bytes))) return NOT_ALL;
    if (isFitting) return { bytes: this.#size, state: "end" };
    this.#rest = new BytesReader(bytes);
    return await this.#rest.read(target);
  }

  async close(): Promise<void> {}

  /** @returns whether the file was what was announced, before and after */
  #fill(bytes: Uint8Array): boolean {
    try {
      const file = openSync(this.#path, OPEN_FLAGS);
      try {
        const before = fstatSync(file);
        if (!before.isFile() || before.size !== bytes.length) return false;
        for (let done = 0; done < bytes.length;) {
          const read = readSync(file, bytes, done, bytes.length - done, done);
          if (read === 0) return false;
          done += read;
        }
        return isSame(before, fstatSync(file));
      } finally {
        closeSync(file);
      }
    } catch (cause) {
      return cannotRead(cause);
    }
  }
}

function isSame(before: Stats, after: Stats): boolean {
  return before.size === after.size && before.mtimeMs === after.mtimeMs;
}
