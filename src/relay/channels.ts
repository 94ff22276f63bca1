import type { AddressKey } from "../channel/address.js";
import type { Channel } from "../channel/channel.js";
import { current, touched } from "../channel/lifetime.js";
import { roundOver } from "../channel/rounds.js";
import { ABSENT, type ChannelStore, type Stored, otherThan } from "../channel/store.js";
import type { ChannelName } from "../protocol/names.js";
import { DuetError, isProblem } from "../protocol/problem.js";
import type { Waiters } from "./waiters.js";

/** A conflict means that somebody else got on; so many in a row mean that the store does not work. */
const ATTEMPTS = 20;

/** What a rule makes of a channel: its next state, and the answer; none when the other side has to act first. */
export interface Step<T> {
  readonly channel: Channel;
  readonly answer?: T;
}

/** Pure, run again after a conflict. `undefined` in: the store does not know the channel. */
export type Rule<T> = (stored: Channel | undefined, now: number) => Step<T>;

/** How long a call waits for the other side. */
export interface Wait {
  readonly milliseconds: number;
  /** Who waits. */
  readonly address: AddressKey;
  /** Aborts when the client goes away. */
  readonly gone: AbortSignal | undefined;
  /** Whether a channel that does not exist may yet come. */
  readonly unknown: "wait" | "refuse";
}

/** What a step came to: an answer, or why there is none yet. */
type Outcome<T> = { readonly version: number; readonly round?: number } & (
  | { readonly answer: T }
  | { readonly missing: DuetError }
);

/** What the service needs from outside. */
export interface ChannelsOptions {
  readonly store: ChannelStore;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly maxOpenPerAddress: number;
  readonly waiters: Waiters;
}

/** Applies the pure rules of `channel/` to a store: atomically, and waiting where a step may wait. */
export class Channels {
  readonly #store: ChannelStore;
  readonly #now: () => number;
  readonly #maxOpenPerAddress: number;
  readonly #waiters: Waiters;

  constructor({ store, now, maxOpenPerAddress, waiters }: ChannelsOptions) {
    this.#store = store;
    this.#now = now;
    this.#maxOpenPerAddress = maxOpenPerAddress;
    this.#waiters = waiters;
  }

  /**
   * One step. A rule that gives the same object back writes nothing.
   *
   * @throws DuetError `not_yet` when the rule has no answer, and whatever the rule throws
   */
  async apply<T>(name: ChannelName, rule: Rule<T>): Promise<T> {
    return answered(await this.#attempt(name, rule));
  }

  /**
   * The same step, asked again whenever the channel changes, until it has an answer or the time is over.
   *
   * @throws DuetError `round_over` when the round in which the waiting began is no more
   */
  async applyOrWait<T>(name: ChannelName, rule: Rule<T>, wait: Wait): Promise<T> {
    let outcome = await this.#attempt(name, rule, wait);
    if ("answer" in outcome || wait.milliseconds === 0) return answered(outcome);
    await this.#waiters.hold(name, wait.address, wait.milliseconds, wait.gone, async (signal) => {
      while ("missing" in outcome) {
        await this.#store.until(name, otherThan(outcome.version), signal);
        outcome = await this.#attempt(name, inRound(outcome.round, rule), wait, outcome.round);
      }
    });
    // When the time is up, this says what was still missing.
    return answered(outcome);
  }

  /**
   * The answers of a rule as the channel changes: the first as soon as there is one, then each that comes. Ends
   * when the client goes away or the channel ends, with the error that says why.
   */
  async *watch<T>(
    name: ChannelName,
    rule: Rule<T>,
    { address, gone }: Pick<Wait, "address" | "gone">,
  ): AsyncGenerator<T, void, void> {
    let round: number | undefined;
    while (gone?.aborted !== true) {
      const outcome: Outcome<T> = await this.#attempt(name, inRound(round, rule));
      round = outcome.round;
      yield answered(outcome);
      const next = (signal: AbortSignal) => this.#store.until(name, otherThan(outcome.version), signal);
      await this.#waiters.hold(name, address, Infinity, gone, next).catch((error: unknown) => {
        if (gone?.aborted !== true) throw error;
      });
    }
  }

  /**
   * Something about a round that may be over by now: then it changes nothing, and is no error.
   *
   * @param onError takes what else goes wrong; without it, it is thrown
   */
  async tell(
    name: ChannelName,
    round: number,
    rule: (channel: Channel) => Channel,
    onError?: (error: unknown) => void,
  ): Promise<void> {
    try {
      await this.apply(name, (stored, now) => {
        const channel = current(stored, now);
        return { channel: channel.round === round ? rule(channel) : channel, answer: true };
      });
    } catch (error) {
      if (isProblem(error, "closed") || isProblem(error, "unknown_channel")) return;
      if (onError === undefined) throw error;
      onError(error);
    }
  }

  /**
   * Adds a channel under a name that may be taken.
   *
   * @returns undefined if the name is taken
   * @throws DuetError `too_many_channels`
   */
  async create(make: (now: number) => Channel): Promise<Channel | undefined> {
    return (await this.#create(make(this.#now())))?.channel;
  }

  /** How many names of so many characters are in use. */
  countNames(length: number): Promise<number> {
    return this.#store.countNames(length);
  }

  /** @param round the round that the waiting began in */
  async #attempt<T>(name: ChannelName, rule: Rule<T>, wait?: Wait, round?: number): Promise<Outcome<T>> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const stored = await this.#store.read(name);
      let step: Step<T>;
      try {
        step = this.#run(rule, stored?.channel);
      } catch (error) {
        if (stored !== undefined && isProblem(error, "not_yet")) {
          return { version: stored.version, round: stored.channel.round, missing: error };
        }
        const mayCome = isProblem(error, "unknown_channel") && wait?.unknown === "wait" && round === undefined;
        if (!mayCome) throw error;
        return { version: stored?.version ?? ABSENT, missing: error };
      }
      const written = step.channel === stored?.channel ? stored : await this.#write(stored, step.channel);
      if (written !== undefined) return outcomeOf(written, step);
    }
    throw new DuetError("store_unavailable");
  }

  #run<T>(rule: Rule<T>, stored: Channel | undefined): Step<T> {
    const now = this.#now();
    const step = rule(stored, now);
    return step.channel.closed === undefined ? { ...step, channel: touched(step.channel, now) } : step;
  }

  async #write(stored: Stored | undefined, next: Channel): Promise<Stored | undefined> {
    if (stored === undefined) return await this.#create(next);
    return this.#unlessTooMany(await this.#store.compareAndSet(stored.version, next, this.#maxOpenPerAddress));
  }

  async #create(channel: Channel): Promise<Stored | undefined> {
    const created = this.#unlessTooMany(await this.#store.create(channel, this.#maxOpenPerAddress));
    return created === "taken" ? undefined : created;
  }

  #unlessTooMany<T>(outcome: T | "too_many"): T {
    if (outcome !== "too_many") return outcome;
    throw new DuetError("too_many_channels", { extensions: { limit: this.#maxOpenPerAddress } });
  }
}

function outcomeOf<T>({ version, channel }: Stored, { answer }: Step<T>): Outcome<T> {
  const { round } = channel;
  return answer === undefined ? { version, round, missing: new DuetError("not_yet") } : { version, round, answer };
}

function answered<T>(outcome: Outcome<T>): T {
  if ("missing" in outcome) throw outcome.missing;
  return outcome.answer;
}

/** The rule for one who waits since an earlier round: that one is over, whoever holds the seats of the new one. */
function inRound<T>(round: number | undefined, rule: Rule<T>): Rule<T> {
  return (stored, now) => {
    const isOver = round !== undefined && stored !== undefined && stored.closed === undefined && stored.round !== round;
    if (isOver) throw roundOver(stored);
    return rule(stored, now);
  };
}
