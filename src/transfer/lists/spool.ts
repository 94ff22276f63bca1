import { closeSync, mkdtempSync, openSync, readSync, rmdirSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuetError } from "../../protocol/problem.js";
import { isNoSpace } from "../fs-errors.js";

/** A list of some 40,000 files: up to here nothing touches a disk. */
const MEMORY_BYTES = 4 * 1024 * 1024;
const MEMORY_AT_FIRST_BYTES = 16 * 1024;
const PRIVATE = 0o600;

export interface SpoolOptions {
  /** Where temporary files may be; what the system says if not given. */
  readonly temporary?: string;
  /** How much is held before it goes into a file. */
  readonly memoryBytes?: number;
}

/**
 * Bytes that are written once, at the end, and read from anywhere: a little in memory, and what is more in a temporary
 * file that nobody else can open and that has no name, so that it is gone with the process however that ends.
 *
 * Synchronous, since single entries of a list are asked for in the middle of everything: the bytes are in the page
 * cache, where a read of 8 KiB takes 3 µs, and a write of 4 MiB one or two ms.
 */
export class Spool {
  readonly #temporary: string;
  readonly #memoryBytes: number;
  /** What was written last. */
  #memory = new Uint8Array(MEMORY_AT_FIRST_BYTES);
  #inMemory = 0;
  #inFile = 0;
  #file: TemporaryFile | undefined;
  #isClosed = false;

  constructor({ temporary = tmpdir(), memoryBytes = MEMORY_BYTES }: SpoolOptions = {}) {
    this.#temporary = temporary;
    this.#memoryBytes = memoryBytes;
  }

  /** How many bytes it holds. */
  get length(): number {
    return this.#inFile + this.#inMemory;
  }

  /** @throws DuetError `no_space`, `cannot_write` when there is no room for temporary files */
  append(bytes: Uint8Array): void {
    if (this.#inMemory + bytes.length > this.#memoryBytes) this.#empty();
    this.#makeRoom(this.#inMemory + bytes.length);
    this.#memory.set(bytes, this.#inMemory);
    this.#inMemory += bytes.length;
  }

  /** @returns a copy */
  read(start: number, end: number): Uint8Array {
    if (this.#isClosed) throw new RangeError("the spool is closed");
    const bytes = new Uint8Array(end - start);
    const fromFile = Math.min(end, this.#inFile) - start;
    if (fromFile > 0) this.#file?.read(bytes.subarray(0, fromFile), start);
    const from = Math.max(start - this.#inFile, 0);
    if (end > this.#inFile) bytes.set(this.#memory.subarray(from, end - this.#inFile), Math.max(fromFile, 0));
    return bytes;
  }

  /** Lets go of it. Nothing can be read afterwards. */
  close(): void {
    this.#isClosed = true;
    this.#file?.close();
    this.#file = undefined;
    this.#memory = new Uint8Array(0);
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#memory.length) return;
    const more = new Uint8Array(Math.max(bytes, this.#memory.length * 2));
    more.set(this.#memory.subarray(0, this.#inMemory));
    this.#memory = more;
  }

  /** Moves what is in memory into the file. */
  #empty(): void {
    try {
      this.#file ??= new TemporaryFile(this.#temporary);
      this.#file.write(this.#memory.subarray(0, this.#inMemory), this.#inFile);
    } catch (cause) {
      throw new DuetError(isNoSpace(cause) ? "no_space" : "cannot_write", {
        message: "there is no room to keep the list of files",
        hint: "It goes into the folder for temporary files: TMPDIR names another.",
        cause,
      });
    }
    this.#inFile += this.#inMemory;
    this.#inMemory = 0;
  }
}

class TemporaryFile {
  readonly #descriptor: number;
  readonly #folder: string;
  /** Windows may keep the name of a file that is open. */
  readonly #isNamed: boolean;

  constructor(temporary: string) {
    this.#folder = mkdtempSync(join(temporary, "duet-"));
    this.#descriptor = openSync(this.#path, "wx+", PRIVATE);
    this.#isNamed = !this.#remove();
  }

  get #path(): string {
    return join(this.#folder, "list");
  }

  write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length;) {
      done += writeSync(this.#descriptor, bytes, done, bytes.length - done, position + done);
    }
  }

  read(target: Uint8Array, position: number): void {
    for (let done = 0; done < target.length;) {
      const read = readSync(this.#descriptor, target, done, target.length - done, position + done);
      if (read === 0) throw new RangeError("the temporary file is shorter than it was");
      done += read;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
    if (this.#isNamed) this.#remove();
  }

  #remove(): boolean {
    try {
      unlinkSync(this.#path);
      rmdirSync(this.#folder);
      return true;
    } catch {
      return false;
    }
  }
}
