import {
  type Clock,
  type Exchange,
  isLostConnection,
  linkedSignal,
  type Meeting,
  type PeerPath,
  type PeerStream,
  systemClock,
} from "../../client/index.js";
import type { Aead, RandomBytes } from "../../protocol/index.js";
import { DuetError, isProblem, PROBLEMS } from "../../protocol/problem.js";
import type { OnEvent } from "../events.js";
import { ForgeryCount } from "./forgery-count.js";
import { SecureConnection } from "./secure-connection.js";
import type { Verifier } from "./verifier.js";
import { quiet, unlessAborted, within } from "../waiting.js";

/** As long as DESIGN.md gives to `--wait-for-peer`. */
const WAIT_FOR_PEER_MS = 600_000;

/** What both directions of a transfer are given. */
export interface TransferOptions {
  readonly exchange: Exchange;
  /** Ends the transfer; the other side is told. */
  readonly signal: AbortSignal;
  /** How long to look for the other side after a loss. */
  readonly waitForPeerMs?: number;
  readonly onEvent?: OnEvent;
  readonly clock?: Clock;
  readonly aead?: Aead;
  readonly random?: RandomBytes;
}

/** What happens on one connection. The signal aborts when the connection is over, for whatever reason. */
export type Use<T> = (connection: SecureConnection, meeting: Meeting, signal: AbortSignal) => Promise<T>;

/** Makes connections until what is done on one of them has succeeded: again in the same round, or in the next. */
export class Connections {
  readonly #options: TransferOptions;
  readonly #verifier: Verifier;
  readonly #clock: Clock;
  readonly #forgeries = new ForgeryCount();
  #meeting: Meeting | undefined;
  /** The round in which the other side has greeted. */
  #greeted: Meeting | undefined;
  /** Since when there has been nobody at the other end, as far as can be proved. */
  #aloneSince: number | undefined;
  /** How long nobody was there before that, since the other side was last heard. */
  #aloneMs = 0;

  constructor(options: TransferOptions, verifier: Verifier) {
    this.#options = options;
    this.#verifier = verifier;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * @param signal as the transfer's, or one that ends sooner
   * @throws DuetError what the other side broke off with, `connection_lost` when it did not come back, `interfered`,
   * what the exchange gives up with, and what `use` throws
   */
  async run<T>(use: Use<T>, signal: AbortSignal = this.#options.signal): Promise<T> {
    for (;;) {
      try {
        this.#meeting ??= await unlessAborted(signal, this.#meet());
        const stream = await dialled(this.#meeting, signal);
        const outcome = await this.#onStream(stream, this.#meeting, use, signal);
        if ("result" in outcome) return outcome.result;
        this.#tellLoss(outcome.lost);
      } catch (error) {
        signal.throwIfAborted();
        // A meeting asks its relay: what it gives up with is final, but for a round that was replaced by another.
        if (!isProblem(error, "round_over")) throw error;
        this.#meeting = undefined;
        this.#tellLoss(error);
      }
    }
  }

  async #meet(): Promise<Meeting> {
    await this.#verifier.beginRound();
    return await this.#options.exchange.meet();
  }

  async #onStream<T>(stream: PeerStream, meeting: Meeting, use: Use<T>, signal: AbortSignal): Promise<Outcome<T>> {
    try {
      return { result: await this.#connected(stream, meeting, use, signal) };
    } catch (error) {
      signal.throwIfAborted();
      this.#aloneSince ??= this.#clock.now();
      if (!isLostConnection(error) || this.#patience <= 0) throw error;
      return { lost: error };
    }
  }

  async #connected<T>(stream: PeerStream, meeting: Meeting, use: Use<T>, signal: AbortSignal): Promise<T> {
    const run = linkedSignal(signal);
    let connection: SecureConnection | undefined;
    const work = async (): Promise<T> => {
      connection = await this.#greet(stream, meeting);
      const heard = this.#listen(connection, meeting, stream.via);
      const using = use(connection, meeting, run.signal);
      quiet(using);
      return await Promise.race([using, heard.then(() => using)]);
    };
    const working = work();
    try {
      return await unlessAborted(signal, working);
    } catch (error) {
      run.abort(error);
      const reason = (await connection?.lastWord(error)) ?? error;
      await connection?.leave(reason);
      throw reason;
    } finally {
      run.abort();
      run.release();
      stream.destroy();
      // Nothing of this connection goes on beside the next one.
      await working.catch(() => {});
    }
  }

  async #greet(stream: PeerStream, { session }: Meeting): Promise<SecureConnection> {
    const { aead, random } = this.#options;
    const chosen = { ...(aead === undefined ? {} : { aead }), ...(random === undefined ? {} : { random }) };
    this.#aloneSince ??= this.#clock.now();
    const opening = SecureConnection.open({ session, stream, forgeries: this.#forgeries, ...chosen });
    const connection = await within(this.#patience, opening);
    if (connection === undefined) throw didNotComeBack();
    return connection;
  }

  /**
   * A hello proves nothing but in the first connection of a round, where none was there to be recorded: a stapler may
   * play one back. What proves that the other side is here is the message behind it. A sender waits for it, the answer of a
   * person, for as long as the connection holds; that time is not counted as having been alone, nor does it end having
   * been so. A recipient gets it, the list, without anybody being asked but for the digits of a new round: there it waits
   * as a sender does, and else no longer than its patience.
   *
   * @throws DuetError `connection_lost` when patience is over, and what `receive` throws
   */
  async #listen(connection: SecureConnection, meeting: Meeting, via: PeerPath | undefined): Promise<void> {
    const isNew = this.#greeted !== meeting;
    this.#greeted = meeting;
    if (isNew) this.#here(via);
    const heard = connection.receive().then(() => {
      if (isNew) this.#notAlone();
      else this.#here(via);
      return true;
    });
    if (meeting.role === "sender" || isNew) {
      if (this.#aloneSince !== undefined) this.#aloneMs += this.#clock.now() - this.#aloneSince;
      this.#aloneSince = undefined;
      await heard;
    } else {
      this.#aloneSince ??= this.#clock.now();
      if ((await within(this.#patience, heard)) === undefined) throw didNotComeBack();
    }
  }

  #here(via: PeerPath | undefined): void {
    this.#notAlone();
    this.#options.onEvent?.({ event: "connected", ...(via === undefined ? {} : { via }) });
  }

  #notAlone(): void {
    this.#aloneSince = undefined;
    this.#aloneMs = 0;
  }

  #tellLoss(error: DuetError): void {
    // Whether it comes back is not known yet, whatever the table says of a loss that is final.
    const isBare = error.message === PROBLEMS.connection_lost.message;
    const told = isBare ? new DuetError(error.code, { message: "the connection was lost", cause: error }) : error;
    this.#options.onEvent?.({ event: "reconnecting", error: told });
  }

  /** How much longer to wait for the other side. */
  get #patience(): number {
    const { waitForPeerMs = WAIT_FOR_PEER_MS } = this.#options;
    const alone = this.#aloneSince === undefined ? 0 : this.#clock.now() - this.#aloneSince;
    return waitForPeerMs - this.#aloneMs - alone;
  }
}

type Outcome<T> = { readonly result: T } | { readonly lost: DuetError };

function didNotComeBack(): DuetError {
  return new DuetError("connection_lost", { message: "the other side did not come back" });
}

async function dialled(meeting: Meeting, signal: AbortSignal): Promise<PeerStream> {
  const dialling = meeting.dial(signal);
  try {
    return await unlessAborted(signal, dialling);
  } catch (error) {
    // It may still come; nobody would close it then.
    quiet(dialling.then((stream) => stream.destroy()));
    throw error;
  }
}
