/** Counts the turns of the event loop while somebody asks, and runs things at the start of the next one. */
export class Turns {
  #now = 0;
  #ahead = false;
  #waiting: (() => void)[] = [];

  /** The same number for all that happens in one turn. */
  get now(): number {
    this.#lookAhead();
    return this.#now;
  }

  /** Runs it when everyone whose bytes have come in this turn was served. */
  next(run: () => void): void {
    this.#lookAhead();
    this.#waiting.push(run);
  }

  #lookAhead(): void {
    if (this.#ahead) return;
    this.#ahead = true;
    setImmediate(() => {
      this.#ahead = false;
      this.#now += 1;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const run of waiting) run();
    });
  }
}
