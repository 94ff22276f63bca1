import type { ChannelName } from "../protocol/names.js";
import { DuetError } from "../protocol/problem.js";

/** How many requests may wait at the same time. */
export interface WaiterLimits {
  readonly perChannel: number;
  readonly inAll: number;
}

export const DEFAULT_WAITER_LIMITS: WaiterLimits = {
  /** Two sides with a call, a subscription and a few retries each; more on one channel is not a peer. */
  perChannel: 32,
  /** A waiting request costs a few KiB and a socket. */
  inAll: 10_000,
};

/** What `hold` gives when the time is over and the work is not done. */
export const TIME_IS_UP = Symbol("time is up");

/**
 * Those who wait for the other side: bounded, each with a deadline, dropped when its client goes away, and told
 * when the relay stops. A full house refuses the newest; nobody is thrown out for another.
 */
export class Waiters {
  readonly #limits: WaiterLimits;
  readonly #perChannel = new Map<ChannelName, number>();
  readonly #closing = new AbortController();
  #inAll = 0;

  constructor(limits: WaiterLimits) {
    this.#limits = limits;
  }

  /**
   * Runs `work` with a signal that aborts at the deadline, when the client goes away and when the relay stops.
   *
   * @param milliseconds the deadline from now; `Infinity` for none
   * @param gone aborts when nobody waits for the answer any more
   * @returns what `work` gives, or `TIME_IS_UP`
   * @throws DuetError `too_many_waiters`, `shutting_down`; the reason of `gone`; what `work` throws
   */
  async hold<T>(
    name: ChannelName,
    milliseconds: number,
    gone: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | typeof TIME_IS_UP> {
    const waiting = new AbortController();
    const leave = this.#enter(name);
    const timer = milliseconds === Infinity ? undefined : setTimeout(() => waiting.abort(TIME_IS_UP), milliseconds);
    const forget = linked(waiting, [gone, this.#closing.signal]);
    try {
      return await work(waiting.signal);
    } catch (error) {
      if (waiting.signal.aborted && waiting.signal.reason === TIME_IS_UP) return TIME_IS_UP;
      throw error;
    } finally {
      clearTimeout(timer);
      forget();
      leave();
    }
  }

  /** Ends all waiting with 503, now and from now on. */
  close(): void {
    this.#closing.abort(new DuetError("shutting_down"));
  }

  #enter(name: ChannelName): () => void {
    const here = this.#perChannel.get(name) ?? 0;
    if (here >= this.#limits.perChannel || this.#inAll >= this.#limits.inAll) throw new DuetError("too_many_waiters");
    this.#perChannel.set(name, here + 1);
    this.#inAll += 1;
    return () => {
      const left = Number(this.#perChannel.get(name)) - 1;
      if (left === 0) this.#perChannel.delete(name);
      else this.#perChannel.set(name, left);
      this.#inAll -= 1;
    };
  }
}

/** By hand, since `AbortSignal.any` of Node 20 keeps what it made as long as the longest-living source lives. */
function linked(target: AbortController, sources: readonly (AbortSignal | undefined)[]): () => void {
  const undo: (() => void)[] = [];
  for (const source of sources.filter((each) => each !== undefined)) {
    const abort = (): void => target.abort(source.reason);
    if (source.aborted) abort();
    source.addEventListener("abort", abort);
    undo.push(() => source.removeEventListener("abort", abort));
  }
  return () => undo.forEach((each) => each());
}
