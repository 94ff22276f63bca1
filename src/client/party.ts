import type { HandshakeOptions, Session } from "../protocol/index.js";
import type { ChannelName, CloseReason, Role } from "../protocol/names.js";
import { DuetError, isProblem } from "../protocol/problem.js";
import type { SuiteName } from "../protocol/suite-names.js";
import { type Clock, systemClock } from "./clock.js";
import type { ExchangeEvent, ExchangeOptions, Meeting } from "./exchange.js";
import { GuessCount, noGuessLeft } from "./guess-count.js";
import { createMeeting } from "./meeting.js";
import type { StaplerAddress, StaplerDial } from "./peer-stream.js";
import { type RoundKey, RelaySeat } from "./relay-seat.js";
import { RETRY_CAP_MS } from "./retry.js";
import { type SeatKey, newUuid } from "./seat-keeper.js";
import { type LinkedSignal, linkedSignal } from "./signals.js";
import { noRoundLeft, VERIFIED_ROUNDS_MAX } from "./verified-rounds.js";

/** One round of one side, from taking its turn to a meeting. Throws what ended the round. */
export type PlayRound = (deadline: number) => Promise<Meeting>;

/** What sender and recipient have in common: a seat, a count of guesses, and when one round follows another. */
export class Party {
  readonly role: Role;
  readonly options: ExchangeOptions;
  readonly clock: Clock;
  readonly guesses: GuessCount;
  readonly #life: LinkedSignal;
  #seat: RelaySeat | undefined;
  /** Begun for a meeting; if nobody took it, the next round and the close end it. */
  #early: StaplerDial | undefined;
  #kept: SeatKey | undefined;
  #keeping: Promise<void> = Promise.resolve();
  /** Whether the relay has given the seat since the last round that broke off. */
  #isSeated = false;
  /** Rounds in which a share was answered. */
  #answered = 0;

  constructor(role: Role, options: ExchangeOptions) {
    this.role = role;
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.guesses = options.guesses ?? new GuessCount();
    this.#life = linkedSignal(options.signal);
  }

  /** Aborts with the exchange's signal, and when the channel is closed here. */
  get signal(): AbortSignal {
    return this.#life.signal;
  }

  /** What the key agreement of one round is given. */
  handshake(channel: ChannelName, curve: SuiteName): HandshakeOptions {
    const { secret, chunk, versions, random } = this.options;
    return {
      channel,
      secret,
      curve,
      ...(chunk === undefined ? {} : { chunk }),
      ...(versions === undefined ? {} : { versions }),
      ...(random === undefined ? {} : { random }),
    };
  }

  tell(event: ExchangeEvent): void {
    this.options.onEvent?.(event);
  }

  deadline(): number {
    return this.clock.now() + this.options.waitForPeerMs;
  }

  /** The seat at the relay, with the uuid that was given, kept from before, or made now. */
  async seat(): Promise<RelaySeat> {
    if (this.#seat !== undefined) return this.#seat;
    const { relay, channel, seats, random } = this.options;
    const key = channel === undefined ? undefined : { relay: relay.url, channel, role: this.role };
    const kept = this.options.uuid ?? (key === undefined ? undefined : await seats?.load(key));
    const uuid = kept ?? newUuid(random);
    const { role, signal, clock } = this;
    this.#seat ??= new RelaySeat({
      client: relay.client(uuid),
      role,
      uuid,
      signal,
      clock,
      onEvent: (event) => this.tell(event),
    });
    return this.#seat;
  }

  /** Notes that the seat is held in this channel, for this process and the next. */
  keep(channel: ChannelName): void {
    const seat = this.#seat;
    if (seat === undefined) return;
    this.#isSeated = true;
    const key = { relay: this.options.relay.url, channel, role: this.role };
    this.#kept = key;
    this.#keeping = this.#keeping.then(() => this.options.seats?.save(key, seat.uuid));
  }

  /** Plays rounds until one ends in a meeting, or in what no further round may follow. */
  async meet(play: PlayRound): Promise<Meeting> {
    this.#early?.cancel();
    let deadline = this.deadline();
    for (let brokenOff = 0; ; brokenOff++) {
      try {
        this.signal.throwIfAborted();
        return await play(deadline);
      } catch (error) {
        this.signal.throwIfAborted();
        if (this.#isBrokenOff(error)) this.tell({ type: "round_over", round: roundIn(error) });
        else if (!isProblem(error, "wrong_code")) throw error;
        else if (this.guesses.left <= 0) throw noGuessLeft(error);
        else if (await this.#wantsAnother(error)) deadline = this.deadline();
        else throw error;
      }
      this.#isSeated = false;
      if (this.clock.now() >= deadline) throw new DuetError("nobody_came");
      // A restart of the other side breaks off one round, of the relay another; more of them are not worth haste.
      if (brokenOff > 1) await this.clock.sleep(this.clock.random() * RETRY_CAP_MS, this.signal);
    }
  }

  /**
   * Before a share is answered, or an answer is used: from then on the round may end in digits.
   *
   * @throws DuetError `connection_lost` when a person compares digits and there were too many rounds
   */
  answering(): void {
    this.#answered++;
    if (this.options.verifying === true && this.#answered > VERIFIED_ROUNDS_MAX) throw noRoundLeft();
  }

  /** Begins a connection that says nothing yet, while the key is still being agreed on. */
  dial(stapler: StaplerAddress | undefined): StaplerDial | undefined {
    this.#early = stapler === undefined ? undefined : this.options.relay.dial(stapler, this.signal);
    return this.#early;
  }

  /** Runs a check of the key agreement. One that fails ends the round for the other side too, which is told why. */
  async judge<T>(channel: ChannelName, check: () => T | Promise<T>): Promise<T> {
    try {
      return await check();
    } catch (error) {
      if (isProblem(error, "wrong_code")) await this.#seat?.close(channel, "wrong-code");
      else if (isProblem(error, "unsupported")) await this.#seat?.close(channel, "failed");
      throw error;
    }
  }

  meeting(key: RoundKey, seat: RelaySeat, session: Session, early: StaplerDial | undefined): Meeting {
    const { relay, waitForPeerMs } = this.options;
    return createMeeting({
      ...key,
      session,
      seat,
      relay,
      early,
      clock: this.clock,
      waitForPeerMs,
      onEvent: (event) => this.tell(event),
    });
  }

  async close(reason: CloseReason): Promise<void> {
    this.#life.abort(new DuetError("interrupted", { message: "the channel was closed here" }));
    this.#life.release();
    const key = this.#kept;
    if (key === undefined) return;
    await this.#seat?.close(key.channel, reason);
    await this.#keeping;
    if (reason === "done") await this.options.seats?.forget(key);
  }

  /** Rounds that ended without a verdict may be followed by another without a question (PROTOCOL.md section 3, rule 7). */
  #isBrokenOff(error: unknown): error is DuetError {
    if (isProblem(error, "round_over") || isProblem(error, "unknown_channel")) return true;
    // The seat was given in this round: a relay that was restarted does not know it any more.
    return this.#isSeated && isProblem(error, "not_yours");
  }

  async #wantsAnother(error: DuetError): Promise<boolean> {
    return (await this.options.confirmAnotherRound?.(error, this.guesses.left)) ?? false;
  }
}

function roundIn({ extensions }: DuetError): number | undefined {
  return typeof extensions["round"] === "number" ? extensions["round"] : undefined;
}
