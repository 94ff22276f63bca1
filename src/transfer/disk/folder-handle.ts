import fs, { constants } from "node:fs";
import { lstat, realpath, stat } from "node:fs/promises";
import { join, parse } from "node:path";
import { promisify } from "node:util";
import { DuetError } from "../../protocol/problem.js";
import { ifMissing, systemCode } from "../fs-errors.js";
import { collisionKey } from "../lists/names.js";

const [openFile, closeFile] = [promisify(fs.open), promisify(fs.close)];

/** Only names the folder: opens also what may not be read. Linux's asm-generic/fcntl.h; Node has no name for it. */
const O_PATH = 0o10000000;
/** What a link in the place of a folder is answered with, or anything else. */
const NO_FOLDER: ReadonlySet<string> = new Set(["ELOOP", "ENOTDIR"]);

/**
 * A folder that things are written into, whatever anybody puts in its place meanwhile. Node has no openat(2) and its
 * kin: on Linux a folder that is held open is named by `/proc/self/fd/<number>` instead, which is the same.
 */
export interface FolderHandle {
  /** What system calls are given for the folder itself. */
  readonly self: string;
  /** What system calls are given for something in it. @param name of one part */
  at(name: string): string;
  /**
   * Right before something is done in it, and right after.
   *
   * @throws DuetError `cannot_write` when something else is in its place, where a folder cannot be held
   */
  check(): Promise<void>;
  /**
   * Holds a folder in this one.
   *
   * @throws DuetError `cannot_write` when it is none, or a link to one; errors of the system
   */
  open(name: string): Promise<FolderHandle>;
  /** Whether a folder that was opened in this one is still there under its name. */
  holds(name: string, folder: FolderHandle): Promise<boolean>;
  close(): Promise<void>;
}

/** @param path a real path: no part of it may be a link, then or later. @throws as `FolderHandle.open` */
export type OpenFolder = (path: string) => Promise<FolderHandle>;

/** Holds a folder, as well as the system can. */
export const openFolder: OpenFolder = async (path) =>
  process.platform === "linux" && (await canPin()) ? await openPinned(path) : await openChecked(path);

/** Holds a folder that is open. */
export const openPinned: OpenFolder = async (path) => {
  const { root } = parse(path);
  return await descend(await PinnedFolder.at(root), path.slice(root.length));
};

/** Holds a folder by its path, and by what the system calls it: whoever is quick enough may swap it between two looks. */
export const openChecked: OpenFolder = async (path) => await CheckedFolder.at(path);

/** Holds a folder below another one. @param path with slashes; empty is the folder itself */
export async function openBelow(root: string, path: string, open: OpenFolder = openFolder): Promise<FolderHandle> {
  return await descend(await open(root), path);
}

async function descend(from: FolderHandle, path: string): Promise<FolderHandle> {
  let folder = from;
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    const around = folder;
    try {
      folder = await around.open(name);
    } finally {
      await around.close();
    }
  }
  return folder;
}

class PinnedFolder implements FolderHandle {
  readonly self: string;
  readonly #descriptor: number;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.self = `/proc/self/fd/${descriptor}`;
  }

  static async at(path: string): Promise<PinnedFolder> {
    try {
      return new PinnedFolder(await openFile(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW));
    } catch (cause) {
      throw NO_FOLDER.has(systemCode(cause) ?? "") ? somethingElse(cause) : cause;
    }
  }

  at(name: string): string {
    return `${this.self}/${name}`;
  }

  async check(): Promise<void> {}

  async open(name: string): Promise<FolderHandle> {
    return await PinnedFolder.at(this.at(name));
  }

  async holds(name: string, folder: FolderHandle): Promise<boolean> {
    return isSame(await identityOf(this.at(name)), await stat(folder.self, { bigint: true }));
  }

  async close(): Promise<void> {
    await closeFile(this.#descriptor);
  }
}

/** What the system calls a file, whatever its path. */
interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
}

class CheckedFolder implements FolderHandle {
  readonly self: string;
  readonly #identity: Identity;

  private constructor(path: string, identity: Identity) {
    this.self = path;
    this.#identity = identity;
  }

  static async at(path: string): Promise<CheckedFolder> {
    const identity = await identityOf(path);
    if (identity === undefined) throw somethingElse();
    const folder = new CheckedFolder(path, identity);
    await folder.check();
    return folder;
  }

  at(name: string): string {
    return join(this.self, name);
  }

  async check(): Promise<void> {
    // Compared without case: some systems answer with the name as it was first written.
    const isReal = collisionKey(await realpath(this.self)) === collisionKey(this.self);
    if (!isReal || !isSame(await identityOf(this.self), this.#identity)) throw somethingElse();
  }

  async open(name: string): Promise<FolderHandle> {
    await this.check();
    return await CheckedFolder.at(this.at(name));
  }

  async holds(_name: string, folder: FolderHandle): Promise<boolean> {
    return await folder.check().then(
      () => true,
      () => false,
    );
  }

  async close(): Promise<void> {}
}

/** @returns undefined when there is no folder at a path */
async function identityOf(path: string): Promise<Identity | undefined> {
  const info = await lstat(path, { bigint: true }).catch(ifMissing);
  return info?.isDirectory() === true ? info : undefined;
}

function isSame(found: Identity | undefined, { dev, ino }: Identity): boolean {
  return found?.dev === dev && found.ino === ino;
}

let pinning: Promise<boolean> | undefined;

/** Whether open folders have names: /proc may be missing in a container. Looked up once. */
function canPin(): Promise<boolean> {
  pinning ??= (async () => {
    const folder = await PinnedFolder.at("/");
    try {
      return isSame(await identityOf(folder.at(".")), await stat("/", { bigint: true }));
    } finally {
      await folder.close();
    }
  })().catch(() => false);
  return pinning;
}

function somethingElse(cause?: unknown): DuetError {
  return new DuetError("cannot_write", {
    message: "something is in the way of a folder",
    ...(cause === undefined ? {} : { cause }),
  });
}
