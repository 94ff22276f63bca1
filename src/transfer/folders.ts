import { chmod, lstat, mkdir, open, realpath, rmdir, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DuetError } from "../protocol/problem.js";
import { displayName } from "./display-name.js";
import { systemCode } from "./fs-errors.js";
import { collisionKey } from "./names.js";

/** What a folder has while it is filled: its real mode may forbid that. */
const FILLING_MODE = 0o700;
/** For one that the sender did not list, or without its mode; less the umask. */
const DEFAULT_MODE = 0o777;
/** Errors of systems on which a folder cannot be synced (Windows, some network file systems). */
const NO_SYNC: ReadonlySet<string> = new Set(["EINVAL", "EPERM", "EISDIR", "ENOTSUP", "EACCES", "EBADF", "ENOSYS"]);

/** What a folder shall have when everything in it is there. */
export interface FolderAttributes {
  readonly mode: number | undefined;
  readonly mtime: number | undefined;
}

/** Which folders this transfer has made, now or in an earlier run. */
export interface FolderRecords {
  isOwn(path: string): boolean;
  /** Resolves when it is recorded that this folder is about to be made. */
  willMake(path: string): Promise<void>;
}

/**
 * The folders that files are written into. Each is looked at before anything goes into it: a link in the place of a
 * folder, there before or put there meanwhile, is never gone through.
 */
export class Folders {
  readonly #root: string;
  readonly #umask: number;
  readonly #records: FolderRecords;
  /** Real folders, by their path below the root. */
  readonly #known = new Set<string>();
  readonly #made: string[] = [];

  /**
   * @param root a real path
   * @param umask what is taken from every mode
   */
  constructor(root: string, umask: number, records: FolderRecords) {
    this.#root = root;
    this.#umask = umask;
    this.#records = records;
  }

  /** Makes the root itself, once. */
  async makeRoot(): Promise<void> {
    const isMade = await mkdir(this.#root).then(() => true, ifThere);
    if (!isMade && !(await lstat(this.#root)).isDirectory())
      throw new DuetError("cannot_write", { message: "something is in the way of the folder that receives" });
    if (isMade) this.#made.push("");
  }

  /**
   * Sees to it that a folder and those around it are there, and that they are folders.
   *
   * @param path below the root, with slashes; empty is the root
   * @throws DuetError `cannot_write` when something else is in its place, and errors of the system
   */
  async ensure(path: string): Promise<void> {
    if (path === "" || path === "." || this.#known.has(path)) return;
    await this.ensure(dirname(path));
    const local = join(this.#root, path);
    if (!this.#records.isOwn(path) && (await isMissing(local))) await this.#records.willMake(path);
    const isMade = await mkdir(local, { mode: FILLING_MODE }).then(() => true, ifThere);
    const isFolder = isMade || (await lstat(local)).isDirectory();
    // Compared without case: some systems answer with the name as it was first written.
    if (!isFolder || collisionKey(await realpath(local)) !== collisionKey(local)) {
      throw new DuetError("cannot_write", { message: `something is in the way of the folder ${displayName(path)}` });
    }
    if (isMade || this.#records.isOwn(path)) this.#made.push(path);
    this.#known.add(path);
  }

  /**
   * Makes what was renamed into the folders outlast a loss of power, and gives those that were made here their modes
   * and times: from the inside out, since every change of a folder is a new time of the one around it.
   */
  async settle(attributes: ReadonlyMap<string, FolderAttributes>): Promise<void> {
    const made = new Set(this.#made);
    for (const path of ["", ...this.#known].reverse()) {
      const local = join(this.#root, path);
      await syncFolder(local);
      const { mode, mtime } = attributes.get(path) ?? { mode: undefined, mtime: undefined };
      if (!made.has(path)) continue;
      // Those that were not listed, too, lose the narrow mode that they were filled with.
      if (path !== "") await chmod(local, (mode ?? DEFAULT_MODE) & ~this.#umask);
      if (mtime !== undefined) await utimes(local, seconds(mtime), seconds(mtime));
    }
  }

  /** Removes the folders that were made and have stayed empty. */
  async removeEmpty(): Promise<void> {
    for (const path of this.#made.toReversed()) await rmdir(join(this.#root, path)).catch(() => {});
  }
}

/** A time for `utimes`. The microsecond keeps the double from being rounded down into the millisecond before. */
export function seconds(mtime: number): number {
  return (mtime + 0.001) / 1000;
}

async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!NO_SYNC.has(systemCode(error) ?? "")) throw error;
  }
}

async function isMissing(local: string): Promise<boolean> {
  return await lstat(local).then(
    () => false,
    (error: unknown) => systemCode(error) === "ENOENT",
  );
}

function ifThere(error: unknown): false {
  if (systemCode(error) === "EEXIST") return false;
  throw error;
}
