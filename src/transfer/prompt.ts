/** What a call to a disk whose answer is in memory takes at most, on a busy machine too. */
const AT_ONCE_MS = 2;
/** So long the thread pool is used after a call that took longer. */
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
      if (end - start > AT_ONCE_MS) this.#slowUntil = end + SLOW_FOR_MS;
    }
  }
}
