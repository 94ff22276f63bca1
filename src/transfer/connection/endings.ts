import type { Exchange } from "../../client/index.js";
import type { CloseReason } from "../../protocol/names.js";
import { DuetError, isProblem, type ProblemCode } from "../../protocol/problem.js";

/** Why the channel is closed; what is not listed is `failed`. */
const REASONS: Readonly<Partial<Record<ProblemCode, CloseReason>>> = {
  declined: "declined",
  cancelled: "cancelled",
  interrupted: "cancelled",
  interfered: "interfered",
  wrong_code: "wrong-code",
};

/** After these the channel is left as it is: the same command again goes on in it. */
const RESUMABLE: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  "connection_lost",
  "nobody_came",
  "relay_unreachable",
  "stapler_unreachable",
]);

/** What a stapler ends a connection with. It was lost then, as any other, and patience for another is over. */
const LOST_AT_STAPLER: ReadonlySet<ProblemCode> = new Set<ProblemCode>(["timeout", "busy", "unavailable", "replaced"]);

/**
 * Runs a transfer, and closes the channel when it fails for good, so that the other side does not wait.
 *
 * @throws DuetError always, whatever went wrong; `interrupted` when the signal aborted with something else
 */
export async function endingWell<T>(exchange: Exchange, signal: AbortSignal, transfer: () => Promise<T>): Promise<T> {
  try {
    return await transfer();
  } catch (error) {
    const problem = problemFor(error, signal);
    if (!RESUMABLE.has(problem.code)) await exchange.close(REASONS[problem.code] ?? "failed");
    throw problem;
  }
}

/** Whether what has arrived is of use to another run: the connection was lost, or a person stopped this side. */
export function mayGoOn({ code }: DuetError): boolean {
  return RESUMABLE.has(code) || code === "interrupted";
}

/** Whether the other side may simply have ended well: it is not there, or the channel was closed as done. */
export function isGone(error: unknown): boolean {
  return isClosedAsDone(error) || (error instanceof DuetError && RESUMABLE.has(error.code));
}

/** Whether the channel was closed as done: the relay's word, and no confirmation. */
export function isClosedAsDone(error: unknown): boolean {
  return isProblem(error, "closed") && error.extensions["reason"] === "done";
}

/** What ends a transfer, as an error with a code. */
export function problemFor(error: unknown, signal: AbortSignal): DuetError {
  if (error instanceof DuetError && LOST_AT_STAPLER.has(error.code))
    return new DuetError("connection_lost", { message: error.message, cause: error });
  if (error instanceof DuetError) return error;
  return new DuetError(signal.aborted ? "interrupted" : "failed", { cause: error });
}
