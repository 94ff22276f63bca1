import { type TRPCClientError, isTRPCClientError } from "@trpc/client";
import type { AnyRouter } from "@trpc/server";
import { CLOSE_REASONS, ROLES, type CloseReason } from "../protocol/names.js";
import { DuetError, PROBLEMS, type ProblemCode, type RelayProblemCode } from "../protocol/problem.js";
import { cleanText } from "./clean-text.js";

/**
 * What a failed call of a relay means here. A relay is not trusted: it can only cause the errors that a relay has
 * (never `wrong_code`, which a person would believe), and its texts are cleaned before anybody sees them.
 *
 * @param error what the typed client threw
 * @returns `relay_refused` for a code that is not known here, `relay_unreachable` when no relay answered
 */
export function toDuetError(error: unknown): DuetError {
  if (error instanceof DuetError) return error;
  if (!isTRPCClientError<AnyRouter>(error)) return new DuetError("relay_unreachable", { cause: error });
  if (error.cause instanceof DuetError) return error.cause;
  const status = statusOf(error);
  const told = toldBy(error);
  if (told !== undefined) return fromRelay(told, status, retryAfter(error));
  if (status !== undefined) return notARelay(status);
  return error.cause instanceof SyntaxError ? notARelay(200) : unreachable(error.cause);
}

/** What an answer is when it is not one of a relay: a proxy in between says that it is away, or this is another service. */
export function notARelay(status: number, location?: string | null): DuetError {
  if (status >= 500)
    return new DuetError("relay_unreachable", {
      message: `the relay cannot be reached: something in between answered ${status}`,
    });
  const moved = location === undefined || location === null ? undefined : cleanText(location);
  if (moved !== undefined) {
    return new DuetError("relay_refused", { message: `the relay is elsewhere: ${moved}`, hint: "Use that address." });
  }
  return new DuetError("relay_refused", {
    message: `what answered (${status}) is not a duet relay`,
    hint: "Check the address of the relay.",
  });
}

/** How the other side's reason for closing reads here (PROTOCOL.md, section 2, Close). */
const CLOSED_WITH = {
  "wrong-code": "wrong_code",
  interfered: "interfered",
  declined: "declined",
  cancelled: "cancelled",
  failed: "failed",
} as const satisfies Partial<Record<CloseReason, ProblemCode>>;

/**
 * A channel that is closed, as what it was closed with; other errors as they are. A channel closed as done stays
 * `closed`: whether that is good is known only to who has the other side's `ack`.
 */
export function closedByPeer(error: DuetError): DuetError {
  if (error.code !== "closed") return error;
  const { extensions } = error;
  const reason = CLOSE_REASONS.find((known) => known === extensions["reason"]);
  if (reason === undefined) return error;
  if (reason === "done")
    return new DuetError("closed", {
      message: "this transfer is done, the channel is closed",
      hint: "Ask for a new code.",
      extensions,
    });
  const texts = reason === "failed" ? { message: "the other side gave up", hint: "See what it says there." } : {};
  return new DuetError(CLOSED_WITH[reason], { ...texts, extensions });
}

interface Told {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly hint?: unknown;
  readonly [extension: string]: unknown;
}

/** Our part of a tRPC error, or of a problem document where the relay refused before tRPC saw the call. */
function toldBy(error: TRPCClientError<AnyRouter>): Told | undefined {
  const data = fieldsOf(error.data);
  const problem = fieldsOf(error.meta?.["responseJSON"]);
  return fieldsOf(data?.["duet"]) ?? (typeof problem?.["code"] === "string" ? problem : undefined);
}

function fieldsOf(value: unknown): Told | undefined {
  return typeof value === "object" && value !== null ? { ...value } : undefined;
}

function fromRelay(told: Told, status: number | undefined, retryAfterSeconds: number | undefined): DuetError {
  const texts = {
    ...(typeof told.message === "string" ? { message: cleanText(told.message) } : {}),
    ...(typeof told.hint === "string" ? { hint: cleanText(told.hint) } : {}),
  };
  const extensions = {
    ...(retryAfterSeconds === undefined ? {} : { retry_after: retryAfterSeconds }),
    ...knownExtensions(told),
    ...(status === undefined ? {} : { status }),
  };
  const code = isRelayCode(told.code) ? told.code : "relay_refused";
  return new DuetError(code, { ...texts, extensions });
}

function isRelayCode(code: unknown): code is RelayProblemCode {
  return typeof code === "string" && Object.hasOwn(PROBLEMS, code) && "status" in PROBLEMS[code as ProblemCode];
}

/** Only what is acted on here, and only in the form in which it is. */
function knownExtensions(told: Told): Record<string, unknown> {
  const reason = CLOSE_REASONS.find((known) => known === told["reason"]);
  const by = ROLES.find((known) => known === told["closed_by"]);
  const { round, retry_after: seconds } = told;
  return {
    ...(reason === undefined ? {} : { reason }),
    ...(by === undefined ? {} : { closed_by: by }),
    ...(typeof round === "number" && Number.isSafeInteger(round) ? { round } : {}),
    ...(typeof seconds === "number" && seconds >= 0 ? { retry_after: seconds } : {}),
  };
}

function unreachable(cause: unknown): DuetError {
  // tRPC drops the reason of a time-out; an abort by the caller never comes here, since `retrying` looks first.
  if (cause instanceof Error && cause.name === "AbortError")
    return new DuetError("relay_unreachable", { message: "the relay does not answer", cause });
  const code =
    typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string"
      ? cause.code
      : undefined;
  const message = code === undefined ? undefined : `${PROBLEMS.relay_unreachable.message} (${cleanText(code, 40)})`;
  return new DuetError("relay_unreachable", { ...(message === undefined ? {} : { message }), cause });
}

/** The answer that tRPC keeps beside its error. */
function answerOf(
  error: TRPCClientError<AnyRouter>,
): { status?: unknown; headers?: { get(name: string): unknown } } | undefined {
  const response: unknown = error.meta?.["response"];
  return typeof response === "object" && response !== null ? response : undefined;
}

function statusOf(error: TRPCClientError<AnyRouter>): number | undefined {
  const status = answerOf(error)?.status;
  return typeof status === "number" ? status : undefined;
}

/** Seconds, as our relays send it; the other form, a date, is not worth a parser here. */
function retryAfter(error: TRPCClientError<AnyRouter>): number | undefined {
  const text = answerOf(error)?.headers?.get("retry-after");
  return typeof text === "string" && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}
