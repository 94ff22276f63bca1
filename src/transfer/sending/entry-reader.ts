import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { DuetError } from "../../protocol/problem.js";
import type { ReadAt } from "../disk/prefix-hash.js";

/** What one read of an entry gave. */
export interface Piece {
  /** How many bytes were put at the beginning of the target. */
  readonly bytes: number;
  /**
   * `end`: that was all. `pause`: nothing more at the moment, so what is there had better leave. `changed`: it is not
   * what was announced any more; nothing of this piece counts.
   */
  readonly state: "more" | "end" | "pause" | "changed";
}

/** Reads the bytes of one entry, in order, into the caller's memory. */
export interface EntryReader {
  /**
   * @param target not empty
   * @param patient whether to wait for the first byte however long it takes; otherwise a source that pauses says so
   * @throws DuetError `cannot_read`
   */
  read(target: Uint8Array, patient: boolean): Promise<Piece>;
  /** A read that waits is given up. Never rejects. */
  close(): Promise<void>;
  /** Only of a file that is, so far, what was announced. */
  readonly seekable?: Seekable | undefined;
}

/** A file that can be read from anywhere. */
export interface Seekable {
  /** Another one as soon as the file was changed, as far as the system says. */
  readonly version: string;
  /** @throws DuetError `cannot_read` */
  readonly readAt: ReadAt;
  /** The next `read` begins there. */
  seek(offset: number): void;
}

/** Not through a link that was put in its place, and not waiting for the writer of a pipe. Both are 0 on Windows. */
export const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A source that gives nothing for so long has paused: too short to be felt, longer than a pipe that is merely busy. */
const PAUSE_MS = 5;

/**
 * Opens a file that was announced with `size` bytes.
 *
 * @throws DuetError `cannot_read`
 */
export async function openFile(path: string, size: number): Promise<EntryReader> {
  const file = await open(path, OPEN_FLAGS).catch(cannotRead);
  try {
    const info = await file.stat();
    return new FileReader(file, size, info.isFile() && info.size === size ? info : undefined);
  } catch (cause) {
    await file.close();
    return cannotRead(cause);
  }
}

class FileReader implements EntryReader {
  readonly seekable: Seekable | undefined;
  readonly #file: FileHandle;
  readonly #size: number;
  /** At opening; undefined when it was already another file than announced. */
  readonly #mtimeMs: number | undefined;
  #offset = 0;

  constructor(file: FileHandle, size: number, info: Stats | undefined) {
    this.#file = file;
    this.#size = size;
    this.#mtimeMs = info?.mtimeMs;
    this.seekable = info === undefined ? undefined : this.#seekable(info);
  }

  async read(target: Uint8Array): Promise<Piece> {
    if (this.#mtimeMs === undefined) return { bytes: 0, state: "changed" };
    const wanted = Math.min(target.length, this.#size - this.#offset);
    const { bytesRead } = await this.#file.read(target, 0, wanted, this.#offset).catch(cannotRead);
    this.#offset += bytesRead;
    if (this.#offset < this.#size) return { bytes: bytesRead, state: bytesRead === 0 ? "changed" : "more" };
    // Looked at before the last bytes leave: what the recipient takes for whole is of one piece.
    const info = await this.#file.stat().catch(cannotRead);
    if (info.size !== this.#size || info.mtimeMs !== this.#mtimeMs) return { bytes: 0, state: "changed" };
    return { bytes: bytesRead, state: "end" };
  }

  async close(): Promise<void> {
    await this.#file.close().catch(() => {});
  }

  #seekable({ dev, ino, mtimeMs, ctimeMs }: Stats): Seekable {
    return {
      version: [dev, ino, mtimeMs, ctimeMs].join(),
      readAt: async (target, position) =>
        (await this.#file.read(target, 0, target.length, position).catch(cannotRead)).bytesRead,
      seek: (offset) => {
        this.#offset = offset;
      },
    };
  }
}

/** Bytes in memory, such as a text. */
export class BytesReader implements EntryReader {
  #rest: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#rest = bytes;
  }

  async read(target: Uint8Array): Promise<Piece> {
    const part = this.#rest.subarray(0, target.length);
    target.set(part);
    this.#rest = this.#rest.subarray(part.length);
    return { bytes: part.length, state: this.#rest.length === 0 ? "end" : "more" };
  }

  async close(): Promise<void> {}
}

/** A live source, such as a pipe: its length is known when it ends. */
export class StreamReader implements EntryReader {
  readonly #stream: Readable;
  readonly #chunks: AsyncIterator<unknown>;
  #next: Promise<IteratorResult<unknown>> | undefined;
  #rest: Uint8Array = new Uint8Array(0);

  /** @param stream of bytes or text; belongs to the reader from now on */
  constructor(stream: Readable) {
    this.#stream = stream;
    // The iterator reports errors once it reads; one that comes before must not end the process.
    stream.on("error", () => {});
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async read(target: Uint8Array, patient: boolean): Promise<Piece> {
    let bytes = 0;
    for (;;) {
      const part = this.#rest.subarray(0, target.length - bytes);
      target.set(part, bytes);
      bytes += part.length;
      this.#rest = this.#rest.subarray(part.length);
      if (bytes === target.length) return { bytes, state: "more" };
      const chunk = await this.#chunk(patient && bytes === 0);
      if (chunk === "pause" || chunk === "end") return { bytes, state: chunk };
      this.#rest = chunk;
    }
  }

  async close(): Promise<void> {
    this.#stream.destroy();
  }

  async #chunk(patient: boolean): Promise<Uint8Array | "pause" | "end"> {
    // Kept over a pause: an iterator has one next result, whoever waits for it.
    this.#next ??= this.#chunks.next();
    const result = await (patient ? this.#next : orPause(this.#next)).catch(cannotRead);
    if (result === "pause") return "pause";
    this.#next = undefined;
    if (result.done === true) return "end";
    if (typeof result.value === "string") return Buffer.from(result.value);
    if (result.value instanceof Uint8Array) return result.value;
    throw new DuetError("cannot_read", { message: "the stream gives something else than bytes" });
  }
}

/** Without `timers/promises`: a signal with its exception for each chunk of a pipe was most of what a stream cost. */
function orPause<T>(next: Promise<T>): Promise<T | "pause"> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, PAUSE_MS, "pause");
    next.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}

/** @throws DuetError `cannot_read` */
export function cannotRead(cause: unknown): never {
  throw cause instanceof DuetError ? cause : new DuetError("cannot_read", { cause });
}
