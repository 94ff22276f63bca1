/** The one thing that the stapler wants of time, passed in so that tests need not wait. */
export interface Clock {
  /**
   * Runs something once, later. It keeps no process alive.
   *
   * @returns takes it back; harmless when it has run
   */
  after(ms: number, run: () => void): () => void;
}

/** Node runs a timer of a longer time at once. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  after(ms, run) {
    const timer = setTimeout(run, Math.min(ms, LONGEST_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
