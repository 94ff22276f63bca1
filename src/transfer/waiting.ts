import { setImmediate } from "node:timers/promises";

/** Waiting with an end to it. */

/** @returns what `promise` gives, or undefined when it has not come after so long; it may still come, to nobody */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
    quiet(promise);
  }
}

/** Like `promise`, but rejects with the signal's reason when that aborts first. */
export async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  quiet(promise);
  signal.throwIfAborted();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** A failure that nobody waits for any more is no unhandled rejection. */
export function quiet(promise: Promise<unknown>): void {
  promise.catch(() => {});
}

/**
 * For loops over long lists that find all they need at once: `await` alone lets no signal, timer or socket have its turn.
 * Without it a walk through a million files could not be interrupted, and what V8 took meanwhile was not noticed: 33 MB.
 */
export async function nextTurn(): Promise<void> {
  await setImmediate();
}

/** How many entries of a list are looked at between two turns: some 5 ms. */
export const ENTRIES_A_TURN = 1024;
