/**
 * More than this on average, and a disk is waited for: what is in memory takes 0.01 ms, a network share or a disk that
 * must move its head takes 1 to 10.
 */
const AT_ONCE_MS = 0.5;
/** An average over so many calls. */
const CALLS = 32;
/**
 * No call counts for more: one that took 20 ms because another process had its turn says nothing of the disk. On a busy
 * machine that is one or two of a hundred; where one of eight is slow, it is the disk.
 */
const COUNTED_MS = 4;
/** So long the thread pool is used then. */
const SLOW_FOR_MS = 1_000;

/**
 * Whether a file system answers at once, as a local one does for what is cached or is only being noted. Then calls are
 * made directly: a round through the thread pool costs some 20 µs of this thread where the system call itself takes 3
 * (10,000 files of 4 KiB on a RAM disk: opened, read and closed in 90 ms directly, 820 ms by promises; made, written
 * and renamed in 270 and 1280). One that has to be waited for, such as a network share, gets many calls at once
 * through the pool instead, and this thread does other things meanwhile.
 */
export class Prompt {
  readonly #now: () => number;
  #meanMs = 0;
  #slowUntil = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds, of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Whether the next call may be made directly. */
  get isPrompt(): boolean {
    return this.#slowUntil === Number.NEGATIVE_INFINITY || this.#now() >= this.#slowUntil;
  }

  /** Makes a direct call, and notes how long it took. */
  call<T>(action: () => T): T {
    const start = this.#now();
    try {
      return action();
    } finally {
      const end = this.#now();
      this.#meanMs += (Math.min(end - start, COUNTED_MS) - this.#meanMs) / CALLS;
      if (this.#meanMs > AT_ONCE_MS) this.#slowUntil = end + SLOW_FOR_MS;
      // Afterwards it is given a new chance.
      if (this.#slowUntil > end) this.#meanMs = 0;
    }
  }
}
