import { EventEmitter, on } from "node:events";
import type { ChannelName, Role } from "../protocol/names.js";
import { DuetError, isProblem } from "../protocol/problem.js";
import type { Advertisement } from "../relay/index.js";
import type { Admission, Hello, Release, RoundRef } from "./admission.js";
import { type Clock, systemClock } from "./clock.js";
import { type AdmittedSide, Ledger, type MissedEnd } from "./ledger.js";
import type { RelayCalls } from "./relay-calls.js";
import { problemOf, relayCode } from "./relay-client.js";
import { RelaySession, type RelayState, type RetryMs } from "./relay-session.js";

export interface RelayLinkOptions {
  /** By `callsOver` HTTP, or `callsTo` the door of a relay in the same process. */
  readonly calls: RelayCalls;
  /** This stapler's name at the relay: 1 to 64 of `[A-Za-z0-9_-]`, another for each that runs. */
  readonly id: string;
  readonly clock?: Clock;
  /**
   * Told whether the relay takes this stapler at the start, when it went away, and when it is back; `away` with a
   * reason for people, which says what to do.
   */
  readonly onState?: (state: RelayState, reason: string | undefined) => void;
  readonly callTimeoutMs?: number;
  readonly retryMs?: RetryMs;
}

/** A peer waits behind a call, and its own patience is about 10 s. */
const CALL_TIMEOUT_MS = 5_000;
/** A relay that restarts is back within a second or two; one that is gone is asked every ten. */
const RETRY_MS: RetryMs = { first: 250, most: 10_000 };
/** Rounds that are announced at the same time to a relay that came back. */
const ANNOUNCERS = 8;

/**
 * The admission of a stapler by its relay, over the internal tRPC router. While the relay is away splices go on, and
 * who says hello is told `unavailable`; when it is back, it is told who is here.
 */
export class RelayLink implements Admission, Disposable {
  readonly #calls: RelayCalls;
  readonly #id: string;
  readonly #callTimeoutMs: number;
  readonly #session: RelaySession;
  readonly #ledger = new Ledger();
  readonly #events = new EventEmitter();
  /** The last report of each channel that is on its way: reports reach the relay in the order in which they were made. */
  readonly #reports = new Map<ChannelName, Promise<void>>();
  #announcing: Promise<void> = Promise.resolve();

  constructor({ calls, id, onState, clock = systemClock, ...times }: RelayLinkOptions) {
    this.#calls = calls;
    this.#id = id;
    this.#callTimeoutMs = times.callTimeoutMs ?? CALL_TIMEOUT_MS;
    this.#session = new RelaySession({
      calls,
      id,
      clock,
      callTimeoutMs: this.#callTimeoutMs,
      retryMs: times.retryMs ?? RETRY_MS,
      returned: () => this.#tellMissedEnds(),
      changed: (state, reason) => {
        if (state === "up") this.#events.emit("up");
        onState?.(state, reason);
      },
      released: (release) => this.#release(release),
    });
  }

  /** Whether hello lines can be admitted now. */
  get state(): RelayState {
    return this.#session.state;
  }

  /**
   * Registers, and stays registered until `close`.
   *
   * @returns when the relay has accepted this stapler for the first time, or `close` was called
   */
  start(advertise: Advertisement): Promise<void> {
    return new Promise((resolve) => {
      this.#events.once("up", resolve);
      void this.#session.run(advertise);
    });
  }

  /** Lets the relay go. Its lease runs out; it is told nothing more. */
  close(): void {
    this.#session.close();
    this.#events.emit("up");
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async admit(hello: Hello, address: string): Promise<RoundRef> {
    if (this.#session.state === "away") throw new DuetError("unavailable");
    // What was reported of this channel, the end of an older connection above all, must not come behind this.
    await this.#reports.get(hello.channel);
    const side = { hello, address };
    const round = await this.#call(() => this.#admit(side));
    this.#ledger.admitted(round, side);
    return round;
  }

  async stapled(round: RoundRef): Promise<void> {
    this.#ledger.stapled(round);
    await this.#report(round.channel, async () => {
      if (this.#session.state === "up") await this.#call(() => this.#stapled(round));
    });
  }

  async ended(round: RoundRef, alone?: Role): Promise<void> {
    this.#ledger.ended(round, alone);
    await this.#report(round.channel, async () => {
      if (this.#session.state === "away") this.#ledger.missed({ round, alone });
      else await this.#tellEnd({ round, alone });
    });
  }

  async *releases(signal: AbortSignal): AsyncGenerator<Release, void, void> {
    try {
      // The emitter is private, and this is the one thing that it emits under this name.
      for await (const [release] of on(this.#events, "release", { signal })) yield release as Release;
    } catch {
      // The signal: nothing else ends it.
    }
  }

  async #admit({ hello, address }: AdmittedSide): Promise<RoundRef> {
    const { role, channel, uuid = null, hK } = hello;
    const peer = { stapler: this.#id, role, channel, uuid, h_k: hK, address };
    const { round } = await this.#calls.admit(peer, this.#callTimeoutMs);
    return { channel, round };
  }

  #stapled({ channel, round }: RoundRef): Promise<void> {
    return this.#calls.stapled({ stapler: this.#id, channel, round }, this.#callTimeoutMs);
  }

  /** What the relay cannot be told now it is told when it is back. */
  async #tellEnd(end: MissedEnd): Promise<void> {
    const { round, alone } = end;
    const role = alone === undefined ? {} : { role: alone };
    const input = { stapler: this.#id, channel: round.channel, round: round.round, ...role };
    try {
      await this.#call(() => this.#calls.ended(input, this.#callTimeoutMs));
    } catch (error) {
      if (isProblem(error, "unavailable")) this.#ledger.missed(end);
      throw error;
    }
  }

  /** Before the relay counts as up, so that nobody is admitted behind whose back an old end is told. */
  async #tellMissedEnds(): Promise<void> {
    const missed = this.#ledger.takeMissed();
    for (const [told, end] of missed.entries()) {
      try {
        await this.#tellEnd(end);
      } catch (error) {
        if (!isProblem(error, "unavailable")) continue;
        for (const later of missed.slice(told + 1)) this.#ledger.missed(later);
        throw error;
      }
    }
    this.#announcing = this.#announcing.then(() => this.#announceAll());
  }

  async #announceAll(): Promise<void> {
    const channels = [...this.#ledger.channels()];
    const announce = async (): Promise<void> => {
      for (let channel = channels.pop(); channel !== undefined; channel = channels.pop()) {
        const name = channel;
        await this.#report(name, () => this.#announce(name));
      }
    };
    await Promise.all(Array.from({ length: ANNOUNCERS }, announce));
  }

  /** Tells the relay of one round that is here. It knows the round, or those who wait for it are let go. */
  async #announce(channel: ChannelName): Promise<void> {
    const here = this.#ledger.of(channel);
    if (here === undefined) return;
    const { round, sides, spliced } = here;
    try {
      for (const side of sides) {
        const now = await this.#call(() => this.#admit(side));
        if (now.round !== round.round) throw new DuetError("round_over");
      }
      if (spliced) await this.#call(() => this.#stapled(round));
    } catch (error) {
      // A running splice needs no relay. The others come again by themselves, and open the channel anew first.
      if (spliced || isProblem(error, "unavailable")) return;
      this.#release({ ...round, code: isProblem(error, "closed") ? "closed" : "round_over" });
    }
  }

  #release(release: Release): void {
    this.#ledger.released(release);
    this.#events.emit("release", release);
  }

  /** Runs a report behind the earlier ones of the same channel. */
  async #report(channel: ChannelName, tell: () => Promise<void>): Promise<void> {
    const report = (this.#reports.get(channel) ?? Promise.resolve()).then(tell);
    const settled = report.catch(() => {});
    this.#reports.set(channel, settled);
    try {
      await report;
    } finally {
      if (this.#reports.get(channel) === settled) this.#reports.delete(channel);
    }
  }

  async #call<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await run();
    } catch (error) {
      const problem = problemOf(error);
      // The relay may be away, or may have forgotten this stapler: registering tells, and repairs the latter.
      if (problem.code === "unavailable" || relayCode(error) === "not_registered") this.#session.poke();
      throw problem;
    }
  }
}
