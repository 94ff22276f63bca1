import { DuetError, type ProblemCode } from "../protocol/problem.js";
import type { Clock } from "./clock.js";
import { linkedSignal } from "./signals.js";

/** A relay that says nothing to the first call for so long is not there: the command ends within 10 s, its own start included. */
export const FIRST_ANSWER_MS = 9_000;
/** A relay whose address refuses is tried for so long: it may be starting in this very moment. */
export const FIRST_REFUSED_MS = 1_500;
/** Losses are retried at once, and then after a random time of at most this. */
export const RETRY_CAP_MS = 2_000;
/** The second retry comes within this, each later one within twice as much, up to the cap. */
const RETRY_BASE_MS = 250;
/** A relay that asks for more patience than this is asked again anyway: it may only have restarted. */
const RETRY_AFTER_MAX_MS = 60_000;

/** How long to go on, and by which clock. */
export interface RetryOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** On the clock's scale; no attempt begins after it. */
  readonly deadline: number;
  /** Told before each further attempt, so that a person can be. */
  readonly onRetry?: (error: DuetError, delayMs: number) => void;
  /** Which errors are retried; `isLoss` if not given. */
  readonly worthwhile?: (error: DuetError) => boolean;
}

/** The failures after which the same call is made again: nothing was refused, something was away. */
const LOSSES: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  "relay_unreachable",
  "stapler_unreachable",
  "internal",
  "store_unavailable",
  "no_stapler",
  "shutting_down",
  "request_timeout",
  "rate_limited",
  "too_many_waiters",
]);

/** 429: what is not retried at once, and not before the relay says. */
const ASKS_FOR_PATIENCE: ReadonlySet<ProblemCode> = new Set<ProblemCode>(["rate_limited", "too_many_waiters"]);

/** Whether the same call may succeed later. */
export function isLoss(error: unknown): error is DuetError {
  return error instanceof DuetError && LOSSES.has(error.code);
}

/**
 * Runs a call until it answers. Every route of a relay is safe to repeat (PROTOCOL.md, section 2, Seats), so a lost
 * answer is asked for again: at once, then with full jitter, so that the clients of a relay that comes back do not
 * all call in the same instant. A relay that sends Retry-After is left alone that long.
 *
 * @throws the first error that is not a loss; the last loss when the deadline has passed; the signal's reason
 */
export async function retrying<T>(call: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, signal, deadline, onRetry, worthwhile = isLoss } = options;
  for (let attempt = 0; ; attempt++) {
    try {
      signal.throwIfAborted();
      return await call();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof DuetError) || !worthwhile(error)) throw error;
      const delay = delayBefore(attempt, error, clock);
      if (clock.now() + delay >= deadline) throw error;
      onRetry?.(error, delay);
      if (delay > 0) await clock.sleep(delay, signal);
    }
  }
}

/**
 * The first call of all: a relay that answers nothing within `FIRST_ANSWER_MS` is not there, and a person who
 * mistyped its address learns so sooner. Once the relay has answered anything, this is `retrying`.
 *
 * @throws DuetError `relay_unreachable`
 */
export async function firstCall<T>(call: (signal: AbortSignal) => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, signal } = options;
  const start = clock.now();
  const limited = linkedSignal(signal);
  const answered = new AbortController();
  clock.sleep(FIRST_ANSWER_MS, answered.signal).then(
    () => limited.abort(new DuetError("relay_unreachable", { message: "the relay does not answer" })),
    () => {},
  );
  const isThere = (error: DuetError): boolean => {
    if (error.code !== "relay_unreachable") answered.abort();
    return answered.signal.aborted || clock.now() - start < FIRST_REFUSED_MS;
  };
  try {
    return await retrying(() => call(limited.signal), {
      ...options,
      signal: limited.signal,
      worthwhile: (error) => isLoss(error) && isThere(error),
    });
  } finally {
    answered.abort();
    limited.release();
  }
}

function delayBefore(attempt: number, error: DuetError, clock: Clock): number {
  const jitter = clock.random() * Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** attempt);
  if (!ASKS_FOR_PATIENCE.has(error.code)) return attempt === 0 ? 0 : jitter;
  const asked = error.extensions["retry_after"];
  return typeof asked === "number" ? Math.min(asked * 1000, RETRY_AFTER_MAX_MS) : jitter;
}
