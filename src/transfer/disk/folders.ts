import { chmod, lstat, mkdir, open, rmdir, utimes } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { DuetError } from "../../protocol/problem.js";
import { displayName } from "../display-name.js";
import { type FolderHandle, openFolder, type OpenFolder } from "./folder-handle.js";
import { FolderCache, type HeldFolder } from "./folder-cache.js";
import { systemCode } from "../fs-errors.js";

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
 * The folders that files are written into. Each is held while anything goes into it: a link in the place of a folder,
 * there before or put there meanwhile, is never gone through. Its methods are called one after the other.
 */
export class Folders {
  readonly #root: string;
  readonly #umask: number;
  readonly #records: FolderRecords;
  readonly #open: OpenFolder;
  readonly #held = new FolderCache();
  /** Folders that are there, by their path below the root. */
  readonly #known = new Set<string>();
  readonly #made: string[] = [];

  /**
   * @param root a real path
   * @param umask what is taken from every mode
   * @param open how a folder is held
   */
  constructor(root: string, umask: number, records: FolderRecords, open: OpenFolder = openFolder) {
    this.#root = root;
    this.#umask = umask;
    this.#records = records;
    this.#open = open;
  }

  /** Makes the root itself, once. */
  async makeRoot(): Promise<void> {
    const around = await this.#open(dirname(this.#root));
    try {
      const name = basename(this.#root);
      const isMade = await mkdir(around.at(name)).then(() => true, ifThere);
      if (!isMade && !(await lstat(around.at(name))).isDirectory())
        throw new DuetError("cannot_write", { message: "something is in the way of the folder that receives" });
      if (isMade) this.#made.push("");
    } finally {
      await around.close();
    }
  }

  /**
   * Sees to it that a folder and those around it are there, and that they are folders.
   *
   * @param path below the root, with slashes; empty is the root
   * @returns the folder, until it is disposed of
   * @throws DuetError `cannot_write` when something else is in its place, and errors of the system
   */
  async ensure(path: string): Promise<HeldFolder> {
    if (path === ".") return await this.ensure("");
    return this.#held.find(path) ?? this.#held.add(path, path === "" ? await this.#openRoot() : await this.#make(path));
  }

  /**
   * Makes what was renamed into the folders outlast a loss of power, and gives those that were made here their modes
   * and times: from the inside out, since every change of a folder is a new time of the one around it.
   *
   * @throws DuetError `cannot_write` when a folder is not where it was, and errors of the system
   */
  async settle(attributes: ReadonlyMap<string, FolderAttributes>): Promise<void> {
    const made = new Set(this.#made);
    for (const path of ["", ...this.#known].reverse()) {
      await using folder = await this.ensure(path);
      await this.#checkPlace(path, folder);
      await syncFolder(folder);
      const { mode, mtime } = attributes.get(path) ?? { mode: undefined, mtime: undefined };
      if (!made.has(path)) continue;
      // Those that were not listed, too, lose the narrow mode that they were filled with.
      if (path !== "") await chmod(folder.self, (mode ?? DEFAULT_MODE) & ~this.#umask);
      if (mtime !== undefined) await utimes(folder.self, seconds(mtime), seconds(mtime));
    }
  }

  /** Removes the folders that were made and have stayed empty. */
  async removeEmpty(): Promise<void> {
    for (const path of this.#made.toReversed()) await this.#removeIfEmpty(path).catch(() => {});
  }

  /** Lets go of all that nobody uses. What is needed again is opened again. */
  async close(): Promise<void> {
    await this.#held.clear();
  }

  async #openRoot(): Promise<FolderHandle> {
    try {
      return await this.#open(this.#root);
    } catch (cause) {
      throw inTheWay("the folder that receives", cause);
    }
  }

  async #make(path: string): Promise<FolderHandle> {
    await using around = await this.ensure(dirname(path));
    const name = basename(path);
    if (!this.#known.has(path)) {
      await around.check();
      if (!this.#records.isOwn(path) && (await isMissing(around.at(name)))) await this.#records.willMake(path);
      const isMade = await mkdir(around.at(name), { mode: FILLING_MODE }).then(() => true, ifThere);
      if (isMade || this.#records.isOwn(path)) this.#made.push(path);
    }
    try {
      const folder = await around.open(name);
      this.#known.add(path);
      return folder;
    } catch (cause) {
      throw inTheWay(`the folder ${displayName(path)}`, cause);
    }
  }

  /** What was written into a folder that was moved away has not arrived. */
  async #checkPlace(path: string, folder: FolderHandle): Promise<void> {
    if (path === "") return;
    await using around = await this.ensure(dirname(path));
    if (!(await around.holds(basename(path), folder))) throw inTheWay(`the folder ${displayName(path)}`);
  }

  async #removeIfEmpty(path: string): Promise<void> {
    if (path !== "") {
      await using around = await this.ensure(dirname(path));
      return await rmdir(around.at(basename(path)));
    }
    await this.close();
    const around = await this.#open(dirname(this.#root));
    try {
      await rmdir(around.at(basename(this.#root)));
    } finally {
      await around.close();
    }
  }
}

/** A time for `utimes`. The microsecond keeps the double from being rounded down into the millisecond before. */
export function seconds(mtime: number): number {
  return (mtime + 0.001) / 1000;
}

async function syncFolder({ self }: FolderHandle): Promise<void> {
  try {
    const folder = await open(self, "r");
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

/** Errors of the system stay what they are. */
function inTheWay(what: string, cause?: unknown): unknown {
  if (cause !== undefined && !(cause instanceof DuetError)) return cause;
  return new DuetError("cannot_write", { message: `something is in the way of ${what}`, cause });
}
