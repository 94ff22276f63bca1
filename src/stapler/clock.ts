/** The one thing that the stapler wants of time, passed in so that tests need not wait. */
export interface Clock {
  /**
   * Runs something once, later. It keeps no process alive.
   *
   * @returns takes it back; harmless when it has run
   */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
