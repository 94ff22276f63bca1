import { lstat, unlink } from "node:fs/promises";
import type { Disk } from "./disk.js";
import type { FolderHandle } from "./folder-handle.js";
import { ifMissing, systemCode } from "../fs-errors.js";
import { numberedName } from "../lists/names.js";

/** Systems and folders in which there are no hard links. */
const NO_HARD_LINKS: ReadonlySet<string> = new Set([
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EMLINK",
  "EXDEV",
  "EACCES",
]);
/** As many numbers are tried for a name that was taken meanwhile. */
const TRIES_MAX = 1000;

/**
 * What to do with a name that is taken. `rename` gives what arrives another one; `overwrite` replaces files and goes
 * into folders that are there; `skip` leaves everything that is there alone and adds what is missing.
 */
export type TakenRule = "overwrite" | "rename" | "skip";

/** Where a file or link is to appear, and what to do when the name was taken since it was chosen. */
export interface Goal {
  readonly folder: FolderHandle;
  readonly name: string;
  readonly rule: TakenRule;
  /** Whether what is there is this transfer's own, an older version perhaps: that is replaced under every rule. */
  readonly isOwn?: (local: string) => Promise<boolean>;
}

/**
 * Gives a part its name, in one step, without ever replacing what the rule leaves alone.
 *
 * @param part the path of a file or a link
 * @returns the name it got; undefined when the name was taken meanwhile and the rule says to leave that alone: the part is gone
 * @throws errors of the system
 */
export async function publish(
  disk: Disk,
  part: string,
  { folder, name, rule, isOwn }: Goal,
): Promise<string | undefined> {
  const path = folder.at(name);
  if (rule === "overwrite") {
    await disk.rename(part, path);
    return name;
  }
  for (let number = 0; number <= TRIES_MAX; number++) {
    const free = number === 0 ? name : numberedName(name, number);
    if (await renameInto(disk, part, folder.at(free))) return free;
    if (number === 0 && (await isOwn?.(path)) === true) {
      await disk.rename(part, path);
      return name;
    }
    if (rule === "skip") break;
  }
  await unlink(part);
  return undefined;
}

/** @returns false when the name is taken */
async function renameInto(disk: Disk, part: string, path: string): Promise<boolean> {
  try {
    // link(2) fails if the name is there, which rename(2) does not.
    await disk.link(part, path);
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    if (!NO_HARD_LINKS.has(systemCode(error) ?? "")) throw error;
    return await renameIfFree(disk, part, path);
  }
  await disk.unlink(part);
  return true;
}

/** Where there are no hard links, looking first is all that can be done. */
async function renameIfFree(disk: Disk, part: string, path: string): Promise<boolean> {
  if ((await lstat(path).catch(ifMissing)) !== undefined) return false;
  await disk.rename(part, path);
  return true;
}
