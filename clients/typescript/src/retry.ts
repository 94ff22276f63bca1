import { DuetProblem } from "./problem.js";

/** Nothing was refused, something was away: the same call may succeed later. */
const LOSSES: ReadonlySet<string> = new Set([
  "relay_unreachable",
  "internal",
  "store_unavailable",
  "no_stapler",
  "shutting_down",
  "request_timeout",
  "rate_limited",
  "too_many_waiters",
]);

/** The second retry comes within this, each later one within twice as much, up to the cap. */
const BASE_MS = 250;
const CAP_MS = 2_000;

interface RetryOptions {
  /** No try begins later than this after the first. */
  readonly budgetMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Makes a call until it answers. Every route of a relay is safe to repeat, so a lost answer is asked for again: at
 * once, then after a random time, so that the clients of a relay that comes back do not all call in the same instant.
 */
export async function retrying<T>(call: () => Promise<T>, { budgetMs, signal }: RetryOptions): Promise<T> {
  const deadline = performance.now() + budgetMs;
  for (let attempt = 0; ; attempt++) {
    try {
      signal?.throwIfAborted();
      return await call();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof DuetProblem) || !LOSSES.has(error.code)) throw error;
      const delay = delayBefore(attempt, error);
      if (performance.now() + delay >= deadline) throw error;
      await sleep(delay, signal);
    }
  }
}

function delayBefore(attempt: number, { problem }: DuetProblem): number {
  if (problem?.retry_after !== undefined) return problem.retry_after * 1000;
  return attempt === 0 ? 0 : Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** (attempt - 1));
}

async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
