import { DuetError } from "../../protocol/problem.js";
import { PATHS_MAX } from "../../protocol/index.js";

/**
 * The plaintext of a whole manifest, at most: as many entries as `PATHS_MAX` allows, with paths of usual length. Both
 * sides keep it in a temporary file while a transfer runs, so this is what a hostile sender can make that grow to.
 */
export const MANIFEST_MAX_BYTES = 256 * 1024 * 1024;

/** A text is held in memory and shown on a terminal; what is longer is a file. */
export const TEXT_MAX_BYTES = 1024 * 1024;

/** Why this side does not send so much at once. */
export function tooManyEntries(): DuetError {
  return new DuetError("usage", {
    message: `more than ${PATHS_MAX.toLocaleString("en")} files, or a list of them of more than ${MANIFEST_MAX_BYTES / 1024 / 1024} MiB`,
    hint: "Pack them into one archive, and send that.",
  });
}
