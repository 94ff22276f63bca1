import { DuetError } from "../protocol/problem.js";
import { displayName } from "./display-name.js";

/** The disk or the quota is full. */
const NO_SPACE: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);

/** What helps, by what the system says. The table of errors has a word for all others. */
const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: "The disk is full, or has no room for more files. Make room there or choose another place with --out.",
  EDQUOT: "Your quota there is used up. Remove something or choose another place with --out.",
  EROFS: "It is read-only. Choose another place with --out.",
  ENAMETOOLONG: "Its name or path is too long for the file system there. Choose another place with --out.",
  EINVAL: "The file system there may not store such a name. Choose another place with --out, or have it renamed.",
  EILSEQ: "The file system there does not store such a name. Choose another place with --out, or have it renamed.",
  EFBIG: "It is larger than a file may be there (on FAT, 4 GiB). Choose another place with --out.",
  EIO: "The disk reports a fault. Look into the system's log, and choose another place with --out.",
};

/** @returns the code of a system error, such as `ENOENT` */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** For what looks at a path: undefined when there is nothing. @throws any other error */
export function ifMissing(error: unknown): undefined {
  if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined;
  throw error;
}

/** Whether the disk or the quota is full. */
export function isNoSpace(error: unknown): boolean {
  return NO_SPACE.has(systemCode(error) ?? "");
}

/**
 * What a failed write means. The message goes to the other side too, so it names the path in the transfer and not
 * where it would lie on this machine.
 *
 * @param path in the transfer
 */
export function cannotWrite(path: string, cause: unknown): DuetError {
  if (cause instanceof DuetError) return cause;
  const code = systemCode(cause);
  const hint = HINTS[code ?? ""];
  const details = { cause, ...(hint === undefined ? {} : { hint }) };
  if (isNoSpace(cause)) return new DuetError("no_space", details);
  return new DuetError("cannot_write", {
    message: `${displayName(path)} cannot be written${code === undefined ? "" : ` (${code})`}`,
    ...details,
  });
}
