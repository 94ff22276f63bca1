import { DuetError } from "../protocol/problem.js";
import { PATHS_MAX } from "../protocol/index.js";

/**
 * The plaintext of a whole manifest, at most. It is held in memory on both sides, as the list that a person agrees
 * to: some 500,000 entries with names of usual length. With `PATHS_MAX` this bounds what a hostile sender can cost.
 */
export const MANIFEST_MAX_BYTES = 64 * 1024 * 1024;

/** A text is held in memory and shown on a terminal; what is longer is a file. */
export const TEXT_MAX_BYTES = 1024 * 1024;

/** Why this side does not send so much at once. */
export function tooManyEntries(): DuetError {
  return new DuetError("usage", {
    message: `more than ${PATHS_MAX.toLocaleString("en")} files, or a list of them of more than ${MANIFEST_MAX_BYTES / 1024 / 1024} MiB`,
    hint: "Pack them into one archive, and send that.",
  });
}
