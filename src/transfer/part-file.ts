import { randomBytes } from "node:crypto";
import { constants, type PathLike } from "node:fs";
import { type FileHandle, link, lstat, open, rename, symlink, lutimes, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { FileEntry, LinkEntry } from "../protocol/index.js";
import { seconds } from "./folders.js";
import { systemCode } from "./fs-errors.js";
import { numberedName, partName } from "./names.js";
import type { TakenRule } from "./placement.js";

/** Never a file that is there, never through a link. O_NOFOLLOW is missing on Windows. */
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
const PRIVATE = 0o600;
/** For a file that comes without its mode: what systems give to a new one, less the umask. */
const DEFAULT_MODE = 0o666;
const MARK_BYTES = 6;
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
}

/** A file that is not complete: `<name>.part` beside its goal, until it is renamed. */
export class PartFile {
  readonly #file: FileHandle;
  readonly #path: string;

  private constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /**
   * @param isReserved whether something of this transfer will have that name
   * @throws errors of the system
   */
  static async create(goal: string, isReserved: (path: string) => boolean): Promise<PartFile> {
    for (let tries = 0; ; tries++) {
      const mark = tries === 0 ? undefined : randomBytes(MARK_BYTES).toString("hex");
      const path = join(dirname(goal), partName(basename(goal), mark));
      if (isReserved(path)) continue;
      try {
        return new PartFile(await open(path, CREATE, PRIVATE), path);
      } catch (error) {
        if (systemCode(error) !== "EEXIST" || tries >= TRIES_MAX) throw error;
      }
    }
  }

  /** @param bytes must stay as they are until this resolves */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }

  /**
   * Gives the file its mode and time, makes it durable, and lets it appear under its name in one step.
   *
   * @param umask what the recipient takes from every mode
   * @returns the path it got; undefined when the name was taken meanwhile and the rule says to leave that alone
   */
  async complete(entry: FileEntry, goal: Goal, umask: number): Promise<string | undefined> {
    await this.#file.chmod((entry.mode ?? DEFAULT_MODE) & ~umask);
    if (entry.mtime !== undefined) await this.#file.utimes(seconds(entry.mtime), seconds(entry.mtime));
    await this.#file.sync();
    await this.#file.close();
    return await publish(this.#path, goal);
  }

  /** Removes it. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => {});
    await unlink(this.#path).catch(() => {});
  }
}

/** Makes a link, in the same way: never through what is there, and in one step. @returns as `PartFile.complete` */
export async function makeLink({ target, mtime }: LinkEntry, goal: Goal): Promise<string | undefined> {
  const path = join(dirname(goal.path), partName(basename(goal.path), randomBytes(MARK_BYTES).toString("hex")));
  await symlink(target, path);
  if (mtime !== undefined) await lutimes(path, seconds(mtime), seconds(mtime));
  return await publish(path, goal);
}

/** Renames without ever replacing what the rule leaves alone. */
async function publish(part: string, { path, rule }: Goal): Promise<string | undefined> {
  if (rule === "overwrite") {
    await rename(part, path);
    return path;
  }
  for (let number = 0; number <= TRIES_MAX; number++) {
    const free = number === 0 ? path : join(dirname(path), numberedName(basename(path), number));
    if (await renameInto(part, free)) return free;
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
