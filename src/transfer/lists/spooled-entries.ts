import {
  type EntryCollector,
  type EntryList,
  EntrySizes,
  type ManifestEntry,
  recallManifestEntry,
} from "../../protocol/index.js";
import { Spool, type SpoolOptions } from "./spool.js";

/** What is read at once: some 8 KiB, little more work than a single line. */
const BLOCK_LINES = 64;
/** What comes and what is being completed may be on two sides of a border. */
const BLOCKS_CACHED = 2;
/** What a message of the raw lines is made of. */
const PIECE_BYTES = 256 * 1024;
const LINE_END = Uint8Array.of(0x0a);
/** Of what was read as UTF-8 before. A mark at the beginning is part of a line, which it cannot be in JSON. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

interface Block {
  readonly number: number;
  readonly lines: readonly string[];
  /** What the lines say, as far as somebody has asked. */
  readonly entries: (ManifestEntry | undefined)[];
}

/**
 * The entries of a manifest as they came, line by line, in a spool: in memory are the type and size of each, where
 * every 64th line begins, and the blocks that were read last.
 */
export class SpooledEntries implements EntryList, EntryCollector {
  readonly sizes = new EntrySizes();
  readonly #spool: Spool;
  /** Where each block begins. */
  readonly #starts: number[] = [];
  #cached: readonly Block[] = [];

  constructor(options: SpoolOptions = {}) {
    this.#spool = new Spool(options);
  }

  get length(): number {
    return this.sizes.length;
  }

  /** Of all lines, each with its LF. */
  get bytes(): number {
    return this.#spool.length;
  }

  /** @throws DuetError `no_space`, `cannot_write` */
  add(entry: ManifestEntry, line: Uint8Array): void {
    if (this.length % BLOCK_LINES === 0) this.#starts.push(this.#spool.length);
    this.#spool.append(line);
    this.#spool.append(LINE_END);
    this.sizes.push(entry);
    // The last block has grown.
    if (this.#cached.length > 0) this.#cached = [];
  }

  at(index: number): ManifestEntry | undefined {
    if (!(index >= 0 && index < this.length)) return undefined;
    const block = this.#block(Math.floor(index / BLOCK_LINES));
    return decoded(block, index % BLOCK_LINES);
  }

  *[Symbol.iterator](): Generator<ManifestEntry> {
    for (let number = 0; number < this.#starts.length; number++) {
      // Not through the cache, which is for those who look for single entries meanwhile.
      for (const line of this.#read(number).lines) yield recallManifestEntry(line);
    }
  }

  /** All lines, in pieces that need not end with one. */
  *raw(): Generator<Uint8Array> {
    for (let start = 0; start < this.bytes; start += PIECE_BYTES)
      yield this.#spool.read(start, Math.min(this.bytes, start + PIECE_BYTES));
  }

  /** Lets go of the spool. */
  close(): void {
    this.#spool.close();
  }

  #block(number: number): Block {
    const known = this.#cached.find((block) => block.number === number);
    if (known !== undefined) return known;
    const block = this.#read(number);
    this.#cached = [block, ...this.#cached].slice(0, BLOCKS_CACHED);
    return block;
  }

  #read(number: number): Block {
    const bytes = this.#spool.read(this.#starts[number] ?? 0, this.#starts[number + 1] ?? this.bytes);
    // All at once: a string and a view for each line cost more than the lines.
    const lines = UTF8.decode(bytes).slice(0, -1).split("\n");
    return { number, lines, entries: [] };
  }
}

function decoded(block: Block, at: number): ManifestEntry | undefined {
  const line = block.lines[at];
  if (line === undefined) return undefined;
  return (block.entries[at] ??= recallManifestEntry(line));
}
