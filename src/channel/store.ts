import type { ChannelName } from "../protocol/names.js";
import type { Channel } from "./channel.js";

/** A channel as stored. `version` is different after every change, also after a name was forgotten and used again. */
export interface Stored {
  readonly channel: Channel;
  readonly version: number;
}

/** The version of what is not there. */
export const ABSENT = 0;

/** For `ChannelStore.until`: another version than this one. */
export function otherThan(version: number): (stored: Stored | undefined) => boolean {
  return (stored) => (stored?.version ?? ABSENT) !== version;
}

/**
 * Where channels are kept. Every method is asynchronous and atomic, so that a store shared by many relays can keep
 * the same contract; `test/channel/store-contract.ts` is that contract as a test suite.
 *
 * A store decides nothing about a channel. It forgets one by itself `NAME_COOL_DOWN_MS` after `expiresAt`.
 *
 * @throws DuetError `store_unavailable` from every method, when the store is away
 */
export interface ChannelStore {
  /** @returns the channel, or undefined when the name is unknown or forgotten */
  read(name: ChannelName): Promise<Stored | undefined>;

  /**
   * Adds a channel under a name that is not stored, if its sender's address has fewer than `maxOpen` channels that
   * have not reached `expiresAt`: both conditions and the writing are one step.
   */
  create(channel: Channel, maxOpen: number): Promise<Stored | "taken" | "too_many">;

  /**
   * Replaces the channel if its version is still `expected`. One that had ended and is taken up again counts like a new
   * one: both conditions and the writing are one step.
   *
   * @returns what is now stored, or undefined when another change came first
   */
  compareAndSet(expected: number, next: Channel, maxOpen: number): Promise<Stored | "too_many" | undefined>;

  /**
   * Waits until what is stored under `name` is as wanted: asks at once, then after every change.
   * Rejects with the signal's reason when it aborts.
   *
   * @param wanted pure; it gets undefined when the name is unknown or forgotten
   * @returns what `wanted` has said yes to
   */
  until(
    name: ChannelName,
    wanted: (stored: Stored | undefined) => boolean,
    signal: AbortSignal,
  ): Promise<Stored | undefined>;

  /** @returns how many names of so many characters are stored, cooling ones included */
  countNames(length: number): Promise<number>;

  /** Lets go of timers and connections. Waiters are rejected with `store_unavailable`. */
  close(): Promise<void>;
}
