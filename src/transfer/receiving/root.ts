import { constants } from "node:fs";
import { access, realpath, stat, statfs } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { DuetError } from "../../protocol/problem.js";
import { ifMissing, systemCode } from "../fs-errors.js";

/** The folder that receives: its real path, so that a link in it cannot be changed under us. */
export interface Root {
  readonly path: string;
  /** Whether it is still to be made, in a folder that is there. */
  readonly isMissing: boolean;
}

/** Finds the folder that receives, without touching anything. @throws DuetError `cannot_write` */
export async function findRoot(out: string): Promise<Root> {
  const wanted = resolve(out);
  try {
    const existing = await realpath(wanted).catch(ifMissing);
    if (existing === undefined)
      return { path: join(await folderAt(dirname(wanted)), basename(wanted)), isMissing: true };
    return { path: await folderAt(existing), isMissing: false };
  } catch (cause) {
    if (cause instanceof DuetError) throw cause;
    throw inTheWay(
      systemCode(cause) === "ENOENT"
        ? "The folder that it would be in does not exist."
        : `The system says ${systemCode(cause) ?? "no"}.`,
      cause,
    );
  }
}

async function folderAt(path: string): Promise<string> {
  const real = await realpath(path);
  if (!(await stat(real)).isDirectory()) throw inTheWay("It is not a folder.");
  await access(real, constants.W_OK | constants.X_OK);
  return real;
}

/** What there is room for, as far as the file system says. */
export interface FreeRoom {
  readonly bytes?: number;
  /** Files, folders and links. */
  readonly files?: number;
}

/** @returns what may be written below a folder */
export async function freeRoom(root: Root): Promise<FreeRoom> {
  const info = await statfs(root.isMissing ? dirname(root.path) : root.path).catch(() => undefined);
  if (info === undefined) return {};
  const { bavail, bsize, files, ffree } = info;
  // Those that make files as they need them say 0 of 0.
  return { ...(bsize > 0 ? { bytes: bavail * bsize } : {}), ...(files > 0 ? { files: ffree } : {}) };
}

/**
 * Nobody has agreed to anything yet: what lies on this machine is said in the hint, which stays here, not in the message,
 * which the other side gets.
 */
export function inTheWay(hint: string, cause?: unknown): DuetError {
  return new DuetError("cannot_write", {
    hint: `${hint} Choose another with --out.`,
    ...(cause === undefined ? {} : { cause }),
  });
}
