import { lutimes, readlink, symlink, unlink } from "node:fs/promises";
import type { LinkEntry } from "../../protocol/index.js";
import type { Disk } from "./disk.js";
import { seconds } from "./folders.js";
import { systemCode } from "../fs-errors.js";
import { partName } from "../lists/names.js";
import { type Goal, publish } from "./publish.js";

/** A file system or a user that may not make links. */
const NO_SYMLINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/** Whether a failure says that no link can be made there, of whatever name. */
export function cannotLink(error: unknown): boolean {
  return NO_SYMLINKS.has(systemCode(error) ?? "");
}

/**
 * Makes a link as files are made: never through what is there, and in one step.
 *
 * @param mark as for `PartFile.create`
 * @returns as `publish`
 * @throws DuetError `cannot_write` when the folder is not where it was, and errors of the system
 */
export async function makeLink(
  disk: Disk,
  { target, mtime }: LinkEntry,
  goal: Goal,
  mark: string,
): Promise<string | undefined> {
  // Made by an earlier run, or as good as that.
  if ((await readlink(goal.folder.at(goal.name)).catch(() => undefined)) === target) return goal.name;
  const path = goal.folder.at(partName(goal.name, mark));
  await goal.folder.check();
  await symlink(target, path).catch(async (error: unknown) => {
    if (systemCode(error) !== "EEXIST") throw error;
    await unlink(path);
    await symlink(target, path);
  });
  if (mtime !== undefined) await lutimes(path, seconds(mtime), seconds(mtime));
  return await publish(disk, path, goal);
}
