import fs, { type BigIntStats, constants } from "node:fs";
import { unlink } from "node:fs/promises";
import { promisify } from "node:util";
import type { FileEntry } from "../../protocol/index.js";
import { DuetError } from "../../protocol/problem.js";
import type { Disk } from "./disk.js";
import type { FolderHandle } from "./folder-handle.js";
import { seconds } from "./folders.js";
import { systemCode } from "../fs-errors.js";
import { partName } from "../lists/names.js";
import { type Goal, publish } from "./publish.js";
import type { ReadAt } from "./prefix-hash.js";

/** Never through a link, and never waiting for the other end of a pipe. Both are missing on Windows. */
const REOPEN = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** Nor a file that is there. Read too, since after a loss the other side is told the hash of what is there. */
const CREATE = REOPEN | constants.O_CREAT | constants.O_EXCL;
const PRIVATE = 0o600;
/** For a file that comes without its mode: what systems give to a new one, less the umask. */
const DEFAULT_MODE = 0o666;
/** What is not done for every file, or waits for the disk: never directly. */
const [read, truncate, sync] = [promisify(fs.read), promisify(fs.ftruncate), promisify(fs.fsync)];
const fileInfo = promisify(fs.fstat);

/** A file that is not complete: `<name>.<mark>.part` beside its goal, until it is renamed. */
export class PartFile {
  readonly #disk: Disk;
  readonly #file: number;
  readonly #folder: FolderHandle;
  readonly #path: string;
  #isClosed = false;

  private constructor(disk: Disk, file: number, folder: FolderHandle, path: string) {
    this.#disk = disk;
    this.#file = file;
    this.#folder = folder;
    this.#path = path;
  }

  /**
   * Begins one. What is left there from an earlier run goes.
   *
   * @param folder open as long as the part is
   * @param name that it will have there
   * @param mark of this transfer alone
   * @throws DuetError `cannot_write` when the folder is not where it was, and errors of the system
   */
  static async create(disk: Disk, folder: FolderHandle, name: string, mark: string): Promise<PartFile> {
    const path = folder.at(partName(name, mark));
    await folder.check();
    const file = await createNew(disk, path);
    return await new PartFile(disk, file, folder, path).#checked(() => folder.check());
  }

  /**
   * Opens the one that an earlier run has left.
   *
   * @param bytes what is behind them is of no use
   * @throws DuetError `cannot_write` when something else is in its place, and errors of the system
   */
  static async reopen(disk: Disk, folder: FolderHandle, name: string, mark: string, bytes: number): Promise<PartFile> {
    const path = folder.at(partName(name, mark));
    await folder.check();
    const file = await disk.open(path, REOPEN);
    return await new PartFile(disk, file, folder, path).#checked(async (part) => {
      await folder.check();
      const info = await fileInfo(file);
      // A pipe or a device; or a file that has another name too, which somebody has given it: perhaps not ours.
      if (!info.isFile() || info.nlink !== 1) throw new DuetError("cannot_write");
      await part.truncate(bytes);
    });
  }

  /** Closes it if something is wrong with it. */
  async #checked(check: (part: PartFile) => Promise<void>): Promise<PartFile> {
    try {
      await check(this);
      return this;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** @param bytes must stay as they are until this resolves */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;)
      done += await this.#disk.write(this.#file, bytes.subarray(done), position + done);
  }

  readonly readAt: ReadAt = async (target, position) =>
    (await read(this.#file, target, 0, target.length, position)).bytesRead;

  /** Drops what is behind so many bytes. */
  async truncate(bytes: number): Promise<void> {
    await truncate(this.#file, bytes);
  }

  /**
   * Gives the file its mode and time, makes it durable, and lets it appear under its name in one step.
   *
   * @param umask what the recipient takes from every mode
   * @param beforeNamed is waited for before it gets its name; it is told what the file is on the disk
   * @returns the name it got; undefined when the name was taken meanwhile and the rule says to leave that alone
   */
  async complete(
    entry: FileEntry,
    goal: Goal,
    umask: number,
    beforeNamed: (info: BigIntStats) => Promise<void>,
  ): Promise<string | undefined> {
    await this.#disk.chmod(this.#file, (entry.mode ?? DEFAULT_MODE) & ~umask);
    if (entry.mtime !== undefined) await this.#disk.setTime(this.#file, seconds(entry.mtime));
    await Promise.all([sync(this.#file), beforeNamed(await this.#disk.stat(this.#file))]);
    this.#isClosed = true;
    await this.#disk.close(this.#file);
    await this.#folder.check();
    return await publish(this.#disk, this.#path, goal);
  }

  /** Leaves it for another run. */
  async close(): Promise<void> {
    // The number may be another file's by now.
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      await this.#disk.close(this.#file);
    } catch {
      // What counts has been synced; the rest is of no use.
    }
  }

  /** Removes it. */
  async discard(): Promise<void> {
    await this.close();
    await this.#folder
      .check()
      .then(() => unlink(this.#path))
      .catch(() => {});
  }
}

async function createNew(disk: Disk, path: string): Promise<number> {
  try {
    return await disk.open(path, CREATE, PRIVATE);
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    await unlink(path);
    return await disk.open(path, CREATE, PRIVATE);
  }
}
