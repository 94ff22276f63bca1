import type { AddressKey } from "../channel/address.js";
import { type LinkedSignal, linkedSignal } from "../protocol/linked-signal.js";
import type { ChannelName } from "../protocol/names.js";
import { DuetError } from "../protocol/problem.js";

/** How many requests may wait at the same time. */
export interface WaiterLimits {
  readonly perChannel: number;
  /** Of one address (IPv6: of one /64); `Infinity` for none. */
  readonly perAddress: number;
  readonly inAll: number;
}

export const DEFAULT_WAITER_LIMITS: WaiterLimits = {
  /** Two sides with a call, a subscription and a few retries each; more on one channel is not a peer. */
  perChannel: 32,
  /** An office behind one address; fifty of them together fill the house. */
  perAddress: 200,
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
  readonly #perAddress = new Map<AddressKey, number>();
  /** Not by one signal that all of them listen to: that takes longer to leave the more there are, and Node warns of the eleventh. */
  readonly #waiting = new Set<LinkedSignal>();
  #closed: DuetError | undefined;

  constructor(limits: WaiterLimits) {
    this.#limits = limits;
  }

  /**
   * Runs `work` with a signal that aborts at the deadline, when the client goes away and when the relay stops.
   *
   * @param address who waits
   * @param milliseconds the deadline from now; `Infinity` for none
   * @param gone aborts when nobody waits for the answer any more
   * @returns what `work` gives, or `TIME_IS_UP`
   * @throws DuetError `too_many_waiters`, `shutting_down`; the reason of `gone`; what `work` throws
   */
  async hold<T>(
    name: ChannelName,
    address: AddressKey,
    milliseconds: number,
    gone: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | typeof TIME_IS_UP> {
    const leave = this.#enter(name, address);
    const waiting = linkedSignal(gone);
    this.#waiting.add(waiting);
    if (this.#closed !== undefined) waiting.abort(this.#closed);
    const timer = milliseconds === Infinity ? undefined : setTimeout(() => waiting.abort(TIME_IS_UP), milliseconds);
    try {
      return await work(waiting.signal);
    } catch (error) {
      if (waiting.signal.aborted && waiting.signal.reason === TIME_IS_UP) return TIME_IS_UP;
      throw error;
    } finally {
      clearTimeout(timer);
      waiting.release();
      this.#waiting.delete(waiting);
      leave();
    }
  }

  /** Ends all waiting with 503, now and from now on. */
  close(): void {
    this.#closed ??= new DuetError("shutting_down");
    for (const waiting of this.#waiting) waiting.abort(this.#closed);
  }

  #enter(name: ChannelName, address: AddressKey): () => void {
    const { perChannel, perAddress, inAll } = this.#limits;
    const isFull =
      (this.#perChannel.get(name) ?? 0) >= perChannel ||
      (this.#perAddress.get(address) ?? 0) >= perAddress ||
      this.#waiting.size >= inAll;
    if (isFull) throw new DuetError("too_many_waiters");
    add(this.#perChannel, name, 1);
    add(this.#perAddress, address, 1);
    return () => {
      add(this.#perChannel, name, -1);
      add(this.#perAddress, address, -1);
    };
  }
}

/** What is at none takes no room. */
function add<Key>(counts: Map<Key, number>, key: Key, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
