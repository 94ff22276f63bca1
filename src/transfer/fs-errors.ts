import { DuetError } from "../protocol/problem.js";
import { displayName } from "./display-name.js";

/** The disk or the quota is full. */
const NO_SPACE: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);

/** @returns the code of a system error, such as `ENOENT` */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
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
  if (isNoSpace(cause)) return new DuetError("no_space", { cause });
  return new DuetError("cannot_write", {
    message: `${displayName(path)} cannot be written${code === undefined ? "" : ` (${code})`}`,
    cause,
  });
}
