import { type SenderRun, type Session, startSender } from "../protocol/index.js";
import type { ChannelName, CloseReason } from "../protocol/names.js";
import { DuetError } from "../protocol/problem.js";
import { DEFAULT_SUITE } from "../protocol/suite-names.js";
import type { Opened } from "./answers.js";
import type { Exchange, ExchangeOptions, Meeting } from "./exchange.js";
import { Party } from "./party.js";
import type { RelaySeat, RoundKey } from "./relay-seat.js";
import { warmUp, whileReadying } from "./warm-up.js";

/** A round whose x is posted. */
interface Turn extends RoundKey {
  readonly seat: RelaySeat;
  readonly run: SenderRun;
}

/**
 * The sender's side of the exchange: steps 1 to 3, 7 to 9 and 11 of the seed.
 *
 * A round goes: open → post x → wait for y → check hh_k → reveal h_k → meeting. What breaks off leads back to open;
 * what proves a wrong code ends there, unless a human says otherwise.
 *
 * @example
 * ```ts
 * const exchange = new SenderExchange({ relay, secret, signal, waitForPeerMs: 600_000 });
 * const { channel } = await exchange.open(); // now the code can be shown
 * const meeting = await exchange.meet();
 * ```
 */
export class SenderExchange implements Exchange {
  readonly #party: Party;
  #opening: Promise<Opened> | undefined;
  /** The channel, once it is known: later rounds are opened by its name. */
  #channel: ChannelName | undefined;
  #turn: Promise<Turn> | undefined;

  constructor(options: ExchangeOptions) {
    this.#party = new Party("sender", options);
    this.#channel = options.channel;
  }

  /**
   * Takes the channel. Until then there is no code to show: only the relay knows whether the name is free. x is made
   * and posted after it, without being waited for.
   */
  open(): Promise<Opened> {
    this.#opening ??= this.#open(this.#party.deadline()).catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async meet(): Promise<Meeting> {
    await this.open();
    return await this.#party.meet((deadline) => this.#playRound(deadline));
  }

  close(reason: CloseReason): Promise<void> {
    this.#turn?.then(({ run }) => run.end()).catch(() => {});
    return this.#party.close(reason);
  }

  async #open(deadline: number): Promise<Opened> {
    // The libraries load while the relay is asked; a failure shows when they are used.
    warmUp(this.#curve);
    const { seat, opened } = await this.#take(deadline);
    this.#turn = this.#postX(seat, opened, deadline);
    this.#turn.catch(() => {});
    return opened;
  }

  async #take(deadline: number): Promise<{ seat: RelaySeat; opened: Opened }> {
    this.#party.guesses.check();
    const seat = await this.#party.seat();
    const opened = await seat.open(this.#channel, deadline);
    const { channel, round, notice } = opened;
    if (this.#channel === undefined && channel.includes("-")) throw unreadable(channel);
    this.#channel = channel;
    this.#party.keep(channel);
    if (notice !== undefined) this.#party.tell({ type: "notice", text: notice });
    this.#party.tell({ type: "round", channel, round });
    return { seat, opened };
  }

  /** Steps 2 and 3. */
  async #postX(seat: RelaySeat, { channel, round }: RoundKey, deadline: number): Promise<Turn> {
    const run = await startSender(this.#party.handshake(channel, this.#curve));
    try {
      await seat.postX({ channel, round }, run.x, run.curve, deadline);
    } catch (error) {
      run.end();
      throw error;
    }
    return { channel, round, seat, run };
  }

  async #playRound(deadline: number): Promise<Meeting> {
    const begun = this.#turn;
    this.#turn = undefined;
    const turn = await (begun ?? this.#nextTurn(deadline));
    try {
      return await this.#playTurn(turn, deadline);
    } finally {
      turn.run.end();
    }
  }

  async #playTurn({ channel, round, seat, run }: Turn, deadline: number): Promise<Meeting> {
    const key = { channel, round };
    const { y, hhK, stapler } = await whileReadying(seat.y(key, deadline), run.curve);
    this.#party.answering();
    this.#party.tell({ type: "peer", round });
    const dial = this.#party.dial(stapler);
    try {
      const session = await this.#finish(key, run, y, hhK);
      const at = await seat.postHk(key, session.hK, deadline);
      return this.#party.meeting(key, seat, session, dial ?? this.#party.dial(at));
    } catch (error) {
      dial?.cancel();
      throw error;
    }
  }

  async #nextTurn(deadline: number): Promise<Turn> {
    const { seat, opened } = await this.#take(deadline);
    return await this.#postX(seat, opened, deadline);
  }

  /** Step 8: nothing that proves the key leaves before this has returned. */
  #finish({ channel }: RoundKey, run: SenderRun, y: string, hhK: string): Promise<Session> {
    return this.#party.judge(channel, () => {
      const takeBack = this.#party.guesses.spend();
      const session = run.finish(y, hhK);
      takeBack();
      return session;
    });
  }

  get #curve() {
    return this.#party.options.curve ?? DEFAULT_SUITE;
  }
}

/** The words begin behind the first dash of a code: such a name would be cut, and its rest taken for words. */
function unreadable(channel: ChannelName): DuetError {
  return new DuetError("relay_refused", {
    message: `the channel "${channel}" cannot stand in a code, since it has a dash`,
    hint: "Use another relay.",
  });
}
