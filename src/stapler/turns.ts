/** Counts the turns of the event loop while someone asks, and runs things in the next one, all of a turn together. */
export class Turns {
  #waiting: (() => void)[] = [];
  #scheduled = false;
  #number = 0;

  /** The same for everything that happens before the next turn. */
  get now(): number {
    this.#schedule();
    return this.#number;
  }

  next(run: () => void): void {
    this.#schedule();
    this.#waiting.push(run);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#number += 1;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const run of waiting) run();
    });
  }
}
