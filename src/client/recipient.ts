import { type RecipientRun, startRecipient } from "../protocol/index.js";
import type { ChannelName, CloseReason } from "../protocol/names.js";
import { DuetError } from "../protocol/problem.js";
import { SUITE_NAMES, isSuite } from "../protocol/suite-names.js";
import type { Joined } from "./answers.js";
import { cleanText } from "./clean-text.js";
import type { Exchange, ExchangeOptions, Meeting } from "./exchange.js";
import { Party } from "./party.js";
import type { StaplerDial } from "./peer-stream.js";
import type { RelaySeat, RoundKey } from "./relay-seat.js";
import { warmUp, whileReadying } from "./warm-up.js";

/** A recipient has its channel from the code. */
export interface RecipientExchangeOptions extends ExchangeOptions {
  readonly channel: ChannelName;
}

/**
 * The recipient's side of the exchange: steps 5 to 7, 10 and 13 of the seed.
 *
 * A round goes: join, which may be before the sender came → answer with y and hh_k, which spends a guess → wait for h_k
 * → check it → meeting. Its connection to the stapler is begun as soon as y is posted, and stays silent until h_k has
 * been checked: its hello line would give the relay the very h_k that it must not be able to play back.
 */
export class RecipientExchange implements Exchange {
  readonly #party: Party;
  readonly #channel: ChannelName;

  constructor(options: RecipientExchangeOptions) {
    this.#party = new Party("recipient", options);
    this.#channel = options.channel;
  }

  meet(): Promise<Meeting> {
    return this.#party.meet((deadline) => this.#playRound(deadline));
  }

  close(reason: CloseReason): Promise<void> {
    return this.#party.close(reason);
  }

  async #playRound(deadline: number): Promise<Meeting> {
    this.#party.guesses.check();
    // Most senders propose it; the libraries load while the relay is asked.
    warmUp();
    const seat = await this.#party.seat();
    const joined = await whileReadying(seat.join(this.#channel, deadline));
    const { channel, round, notice } = joined;
    const key = { channel, round };
    this.#party.keep(channel);
    if (notice !== undefined) this.#party.tell({ type: "notice", text: notice });
    this.#party.tell({ type: "round", channel, round });
    const run = await this.#party.judge(channel, () => this.#start(joined));
    return await this.#answer(seat, key, run, deadline);
  }

  /** Step 6. */
  async #start({ channel, x, curve }: Joined): Promise<RecipientRun> {
    if (!isSuite(curve)) {
      const message = `the sender proposes "${cleanText(curve, 64)}", which is not known here; known are ${SUITE_NAMES.join(", ")}`;
      throw new DuetError("unsupported", { message });
    }
    return await startRecipient({ ...this.#party.handshake(channel, curve), x });
  }

  /** Steps 7 and 10. The guess counts from before hh_k is sent until the h_k that matches is here. */
  async #answer(seat: RelaySeat, key: RoundKey, run: RecipientRun, deadline: number): Promise<Meeting> {
    let dial: StaplerDial | undefined;
    try {
      this.#party.answering();
      const takeBack = this.#party.guesses.spend();
      dial = this.#party.dial(await seat.postY(key, run.y, run.hhK, deadline));
      const hK = await seat.hK(key, deadline);
      const session = await this.#party.judge(key.channel, () => run.confirm(hK));
      takeBack();
      this.#party.tell({ type: "peer", round: key.round });
      return this.#party.meeting(key, seat, session, dial);
    } catch (error) {
      dial?.cancel();
      throw error;
    } finally {
      run.end();
    }
  }
}
