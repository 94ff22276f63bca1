import { lutimes, readlink, symlink, unlink } from "node:fs/promises";
import type { LinkEntry } from "../../protocol/index.js";
import type { Arrivals } from "./arrivals.js";
import type { Disk } from "./disk.js";
import { seconds } from "./folders.js";
import { systemCode } from "../fs-errors.js";
import { linkLeadsTo, partName } from "../lists/names.js";
import { topOf } from "./offered-manifest.js";
import { type Goal, publish } from "./publish.js";

/** A file system or a user that may not make links. */
const NO_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/** Whether a failure says that no link can be made there, of whatever name. */
export function cannotLink(error: unknown): boolean {
  return NO_LINKS.has(systemCode(error) ?? "");
}

/**
 * What a link leads to here. A topmost one names something beside it, which may have another name now; under the one that
 * was offered lie the recipient's own files.
 *
 * @returns undefined when what it leads to is left out
 */
export function linkTarget({ path, target }: LinkEntry, arrivals: Arrivals): string | undefined {
  const leadsTo = path.includes("/") ? undefined : linkLeadsTo(path, target);
  if (leadsTo === undefined) return target;
  const top = topOf(leadsTo);
  const name = arrivals.nameOf(top);
  if (name === undefined) return undefined;
  return name === top ? target : `${name}${leadsTo.slice(top.length)}`;
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
