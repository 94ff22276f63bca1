/** What a path may have, with the zero at its end: Linux's PATH_MAX, and that of macOS and the BSDs. */
const LINUX_MAX_BYTES = 4096;
const BSD_MAX_BYTES = 1024;
/** In UTF-16, and with the `\\?\` that Node puts before a long path. */
const WINDOWS_MAX_UNITS = 32_767;
/** For what is added to a name here: a number (numberedName), or the ending of a part (partName). */
const RESERVE = 40;

/**
 * Whether a path is short enough to be written and, by its owner, opened again.
 *
 * @param root a real path
 * @param path below it, in a transfer
 * @param platform as `process.platform`
 */
export function fitsPath(root: string, path: string, platform: string = process.platform): boolean {
  const more = RESERVE + 1;
  if (platform === "win32") return root.length + path.length + more < WINDOWS_MAX_UNITS;
  const max = platform === "linux" ? LINUX_MAX_BYTES : BSD_MAX_BYTES;
  // A unit is three bytes at most: nearly every path is short enough for that to say it.
  if ((root.length + path.length) * 3 + more < max) return true;
  return Buffer.byteLength(root) + Buffer.byteLength(path) + more < max;
}
