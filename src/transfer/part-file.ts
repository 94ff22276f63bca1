import { constants, type PathLike } from "node:fs";
import { type FileHandle, link, lstat, open, readlink, rename, symlink, lutimes, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { FileEntry, LinkEntry } from "../protocol/index.js";
import { seconds } from "./folders.js";
import { systemCode } from "./fs-errors.js";
import { numberedName, partName } from "./names.js";
import type { TakenRule } from "./placement.js";
import type { ReadAt } from "./prefix-hash.js";

/** Never through a link. O_NOFOLLOW is missing on Windows. */
const REOPEN = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0);
/** Nor a file that is there. Read too, since after a loss the other side is told the hash of what is there. */
const CREATE = REOPEN | constants.O_CREAT | constants.O_EXCL;
const PRIVATE = 0o600;
/** For a file that comes without its mode: what systems give to a new one, less the umask. */
const DEFAULT_MODE = 0o666;
/** Systems and folders in which there are no hard links. */
const NO_LINKS: ReadonlySet<string> = new Set([
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EMLINK",
  "EXDEV",
  "EACCES",
]);
const TRIES_MAX = 1000;

/** Where a file or link is to appear, and what to do when the name was taken since it was chosen. */
export interface Goal {
  readonly path: string;
  readonly rule: TakenRule;
  /** Whether what is there is this transfer's own, an older version perhaps: that is replaced under every rule. */
  readonly isOwn?: () => Promise<boolean>;
}

/** A file that is not complete: `<name>.<mark>.part` beside its goal, until it is renamed. */
export class PartFile {
  readonly #file: FileHandle;
  readonly #path: string;

  private constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /**
   * Begins one. What is left there from an earlier run goes.
   *
   * @param mark of this transfer alone
   * @throws errors of the system
   */
  static async create(goal: string, mark: string): Promise<PartFile> {
    const path = partPath(goal, mark);
    try {
      return new PartFile(await open(path, CREATE, PRIVATE), path);
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
      await unlink(path);
      return new PartFile(await open(path, CREATE, PRIVATE), path);
    }
  }

  /**
   * Opens the one that an earlier run has left.
   *
   * @param bytes what is behind them is of no use
   * @throws errors of the system
   */
  static async reopen(goal: string, mark: string, bytes: number): Promise<PartFile> {
    const path = partPath(goal, mark);
    const part = new PartFile(await open(path, REOPEN), path);
    await part.truncate(bytes).catch(async (error: unknown) => {
      await part.close();
      throw error;
    });
    return part;
  }

  /** @param bytes must stay as they are until this resolves */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }

  readonly readAt: ReadAt = async (target, position) =>
    (await this.#file.read(target, 0, target.length, position)).bytesRead;

  /** Drops what is behind so many bytes. */
  async truncate(bytes: number): Promise<void> {
    await this.#file.truncate(bytes);
  }

  /**
   * Gives the file its mode and time, makes it durable, and lets it appear under its name in one step.
   *
   * @param umask what the recipient takes from every mode
   * @param beforeNamed is waited for before it gets its name
   * @returns the path it got; undefined when the name was taken meanwhile and the rule says to leave that alone
   */
  async complete(
    entry: FileEntry,
    goal: Goal,
    umask: number,
    beforeNamed: () => Promise<void>,
  ): Promise<string | undefined> {
    await this.#file.chmod((entry.mode ?? DEFAULT_MODE) & ~umask);
    if (entry.mtime !== undefined) await this.#file.utimes(seconds(entry.mtime), seconds(entry.mtime));
    await Promise.all([this.#file.sync(), beforeNamed()]);
    await this.#file.close();
    return await publish(this.#path, goal);
  }

  /** Leaves it for another run. */
  async close(): Promise<void> {
    await this.#file.close().catch(() => {});
  }

  /** Removes it. */
  async discard(): Promise<void> {
    await this.close();
    await unlink(this.#path).catch(() => {});
  }
}

/**
 * Makes a link, in the same way: never through what is there, and in one step.
 *
 * @param mark as for `PartFile.create`
 * @returns as `PartFile.complete`
 */
export async function makeLink({ target, mtime }: LinkEntry, goal: Goal, mark: string): Promise<string | undefined> {
  // Made by an earlier run, or as good as that.
  if ((await readlink(goal.path).catch(() => undefined)) === target) return goal.path;
  const path = partPath(goal.path, mark);
  await symlink(target, path).catch(async (error: unknown) => {
    if (systemCode(error) !== "EEXIST") throw error;
    await unlink(path);
    await symlink(target, path);
  });
  if (mtime !== undefined) await lutimes(path, seconds(mtime), seconds(mtime));
  return await publish(path, goal);
}

function partPath(goal: string, mark: string): string {
  return join(dirname(goal), partName(basename(goal), mark));
}

/** Renames without ever replacing what the rule leaves alone. */
async function publish(part: string, { path, rule, isOwn }: Goal): Promise<string | undefined> {
  if (rule === "overwrite") {
    await rename(part, path);
    return path;
  }
  for (let number = 0; number <= TRIES_MAX; number++) {
    const free = number === 0 ? path : join(dirname(path), numberedName(basename(path), number));
    if (await renameInto(part, free)) return free;
    if (number === 0 && (await isOwn?.()) === true) {
      await rename(part, path);
      return path;
    }
    if (rule === "skip") break;
  }
  await unlink(part);
  return undefined;
}

/** @returns false when the name is taken */
async function renameInto(part: string, path: string): Promise<boolean> {
  try {
    // link(2) fails if the name is there, which rename(2) does not.
    await link(part, path);
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    if (!NO_LINKS.has(systemCode(error) ?? "")) throw error;
    return await renameIfFree(part, path);
  }
  await unlink(part);
  return true;
}

/** Where there are no hard links, looking first is all that can be done. */
async function renameIfFree(part: PathLike, path: string): Promise<boolean> {
  if (await isThere(path)) return false;
  await rename(part, path);
  return true;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
}
