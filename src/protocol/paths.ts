import { utf8 } from "./bytes.js";

/**
 * Paths on the wire (PROTOCOL.md section 6): what every receiver can rely on, whatever its file system. Reserved names,
 * letter case and the like are for the destination to judge.
 */

export const PATH_MAX_BYTES = 4096;

/**
 * How many paths a manifest may name, the folders that are only implied included. It bounds what a manifest costs its
 * receiver: a table of 25 MB for a million, some 50 MB for all of these.
 */
export const PATHS_MAX = 2_000_000;

/** A part that is empty, `.` or `..`. */
const NO_NAME = /(?:^|\/)\.{0,2}(?:\/|$)/;

/** Parts joined by `/`, none of them empty, `.` or `..`, without NUL and backslash, at most 4096 bytes. */
export function isWirePath(path: string): boolean {
  // Three bytes are the most that a UTF-16 unit takes, so most paths need no counting.
  if (path.length * 3 > PATH_MAX_BYTES && utf8(path).length > PATH_MAX_BYTES) return false;
  if (path.includes("\0") || path.includes("\\")) return false;
  return path !== "" && !NO_NAME.test(path);
}
