/** Time and chance, as far as waiting needs them, so that a test can hold both. */
export interface Clock {
  /** Milliseconds, only ever compared with one another. */
  now(): number;
  /** Rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** From 0 up to but not 1; for spreading retries only, nothing secret comes of it. */
  random(): number;
}

/** The clock of the machine: monotonic, so that setting the time ends no wait. Works in a browser too. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const timer = setTimeout(done, ms);
      signal.addEventListener("abort", aborted, { once: true });
      function done(): void {
        signal.removeEventListener("abort", aborted);
        resolve();
      }
      function aborted(): void {
        clearTimeout(timer);
        reject(signal.reason);
      }
    }),
  random: () => Math.random(),
};
