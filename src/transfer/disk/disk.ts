import fs from "node:fs";
import { promisify } from "node:util";
import { Prompt } from "./prompt.js";

/** A write of up to so much takes some 15 µs at most, as a copy into the page cache; longer ones are made meanwhile. */
const DIRECT_MAX_BYTES = 64 * 1024;

const pool = {
  open: promisify(fs.open),
  write: promisify(fs.write),
  fchmod: promisify(fs.fchmod),
  futimes: promisify(fs.futimes),
  fstat: promisify(fs.fstat),
  close: promisify(fs.close),
  link: promisify(fs.link),
  rename: promisify(fs.rename),
  unlink: promisify(fs.unlink),
};

/** Already there, or on its way through the thread pool. */
type Soon<T> = T | Promise<T>;

/**
 * What it takes to make a file, each call directly as long as the disk answers at once, otherwise through the thread
 * pool: see prompt.ts. Descriptors are plain numbers: who opens one closes it. All calls fail as those of `node:fs`.
 */
export class Disk {
  readonly #prompt: Prompt;

  constructor(prompt = new Prompt()) {
    this.#prompt = prompt;
  }

  open(path: string, flags: number, mode?: number): Soon<number> {
    return this.#do(
      () => fs.openSync(path, flags, mode),
      () => pool.open(path, flags, mode),
    );
  }

  /** @returns how many bytes were written */
  write(file: number, bytes: Uint8Array, position: number): Soon<number> {
    const pooled = async (): Promise<number> => (await pool.write(file, bytes, 0, bytes.length, position)).bytesWritten;
    if (bytes.length > DIRECT_MAX_BYTES) return pooled();
    return this.#do(() => fs.writeSync(file, bytes, 0, bytes.length, position), pooled);
  }

  chmod(file: number, mode: number): Soon<void> {
    return this.#do(
      () => fs.fchmodSync(file, mode),
      () => pool.fchmod(file, mode),
    );
  }

  /** @param time seconds since 1970 */
  setTime(file: number, time: number): Soon<void> {
    return this.#do(
      () => fs.futimesSync(file, time, time),
      () => pool.futimes(file, time, time),
    );
  }

  /** Exact: numbers of files on Windows have more than 53 bits. */
  stat(file: number): Soon<fs.BigIntStats> {
    return this.#do(
      () => fs.fstatSync(file, { bigint: true }),
      () => pool.fstat(file, { bigint: true }),
    );
  }

  close(file: number): Soon<void> {
    return this.#do(
      () => fs.closeSync(file),
      () => pool.close(file),
    );
  }

  link(from: string, to: string): Soon<void> {
    return this.#do(
      () => fs.linkSync(from, to),
      () => pool.link(from, to),
    );
  }

  rename(from: string, to: string): Soon<void> {
    return this.#do(
      () => fs.renameSync(from, to),
      () => pool.rename(from, to),
    );
  }

  unlink(path: string): Soon<void> {
    return this.#do(
      () => fs.unlinkSync(path),
      () => pool.unlink(path),
    );
  }

  #do<T>(directly: () => T, pooled: () => Promise<T>): Soon<T> {
    return this.#prompt.isPrompt ? this.#prompt.call(directly) : pooled();
  }
}
