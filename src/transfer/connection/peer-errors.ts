import { cleanText } from "../../client/index.js";
import { PEER_ERROR_CODES, type PeerError } from "../../protocol/index.js";
import { DuetError, type ProblemCode, PROBLEMS } from "../../protocol/problem.js";

/**
 * What the other side is told of an error here.
 *
 * @returns undefined after a loss: there is nobody to hear it
 */
export function peerErrorFor(error: unknown): PeerError | undefined {
  if (!(error instanceof DuetError)) return { code: "cancelled", message: PROBLEMS.failed.message };
  const { code, message } = error;
  if (code === "connection_lost") return undefined;
  // Interrupted here is cancelled there, and so is whatever else ended this side.
  return { code: PEER_ERROR_CODES.find((known) => known === code) ?? "cancelled", message };
}

/** The table's hints speak of this machine; these are about the one where it happened. */
const HINTS: Readonly<Partial<Record<ProblemCode, string>>> = {
  no_space: "The other side has to make room, or to choose another folder.",
  cannot_write: "The other side has to look at its folder, or to choose another.",
  cannot_read: "The other side has to look at its files.",
  interfered: "The other side found it changed on its way. Try another network or relay.",
};

/** What an error of the other side is here. */
export function problemOf({ code, message }: { readonly code: ProblemCode; readonly message: string }): DuetError {
  const text = cleanText(message);
  const hint = HINTS[code];
  return new DuetError(code, {
    message: `the other side: ${text === "" ? PROBLEMS[code].message : text}`,
    ...(hint === undefined ? {} : { hint }),
  });
}
