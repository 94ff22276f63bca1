import {
  type Aead,
  decodeError,
  decodeHello,
  encodeError,
  encodeHello,
  HELLO_NONCE_BYTES,
  MESSAGE_HEADER_BYTES,
  MessageOpener,
  MessageSealer,
  type MessageType,
  otherRole,
  type PeerError,
  platformRandom,
  type RandomBytes,
  type Sequence,
  sequence as turns,
  type Session,
  SMALL_MESSAGE_MAX_BYTES,
} from "../../protocol/index.js";
import { DuetError, isProblem } from "../../protocol/problem.js";
import { fastAead, type PeerStream } from "../../client/index.js";
import type { ForgeryCount } from "./forgery-count.js";
import { FrameRing, IncomingMessage } from "./incoming.js";
import { OutgoingMessage, WriteQueue } from "./outgoing.js";
import { peerErrorFor, problemOf } from "./peer-errors.js";
import { quiet, within } from "../waiting.js";

/** The other side has this long to take an error and close, before the connection is dropped with what is queued. */
const GOODBYE_MS = 2_000;
/** After a failed write, the reason of the other side comes within this, or not at all. */
const LAST_WORD_MS = 1_000;
/** Read at once while an error is on its way out, and thrown away. */
const DRAIN_BYTES = 64 * 1024;

export interface ConnectionOptions {
  readonly session: Session;
  /** Belongs to the connection from now on. */
  readonly stream: PeerStream;
  readonly forgeries: ForgeryCount;
  readonly aead?: Aead;
  readonly random?: RandomBytes;
}

/**
 * The encrypted stream of PROTOCOL.md section 6 on one connection: messages, each whole, in order, and in its turn.
 * Both directions are independent: a side may send while it waits for a message.
 */
export class SecureConnection {
  readonly #options: ConnectionOptions;
  readonly #aead: Aead;
  readonly #random: RandomBytes;
  readonly #queue: WriteQueue;
  readonly #frames: FrameRing;
  #sequence: Sequence = turns.NEW_SEQUENCE;
  #sas = "";
  #outgoing: OutgoingMessage | undefined;
  #incoming: Promise<IncomingMessage> | undefined;
  #latestRead: Promise<unknown> = Promise.resolve();
  #peerError: DuetError | undefined;
  #isClosing = false;

  private constructor(options: ConnectionOptions) {
    const { session, stream, aead = fastAead, random = platformRandom } = options;
    this.#options = options;
    this.#aead = aead;
    this.#random = random;
    this.#queue = new WriteQueue(
      (parts) => stream.write(parts),
      (part) => void aead.reclaim?.(part),
    );
    this.#frames = new FrameRing(session.chunk);
  }

  /**
   * Exchanges hellos. Waits for the other side as long as the stream does.
   *
   * @throws DuetError `interfered` when the sender's nonce is not the one it committed to, `connection_lost`, and what
   * a stapler said
   */
  static async open(options: ConnectionOptions): Promise<SecureConnection> {
    const connection = new SecureConnection(options);
    try {
      await connection.#greet();
      return connection;
    } catch (error) {
      await connection.leave(error);
      throw error;
    }
  }

  /** The digits for people to compare: the same on every connection of a round. */
  get sas(): string {
    return this.#sas;
  }

  /** The most that one chunk of a message holds. */
  get chunk(): number {
    return this.#options.session.chunk;
  }

  /**
   * Begins a message. The one before must have ended.
   *
   * @throws DuetError `bad_message` when this type may not come now, `connection_lost` after `leave`
   */
  begin(type: MessageType): OutgoingMessage {
    if (this.#isClosing && type !== "error") throw new DuetError("connection_lost");
    const { session } = this.#options;
    const direction = turns.directionOf(session.role);
    const context = turns.contextOf(this.#sequence, direction);
    this.#sequence = turns.begin(this.#sequence, direction, type);
    const sealer = new MessageSealer({
      aead: this.#aead,
      key: session.keys[direction],
      chunk: session.chunk,
      context,
      type,
      random: this.#random,
    });
    this.#outgoing = new OutgoingMessage(sealer, this.#queue, () => {
      this.#sequence = turns.finish(this.#sequence, direction);
    });
    return this.#outgoing;
  }

  /** Sends a message of one chunk, which is its last. Resolves when it has left this process. */
  async send(type: MessageType, plaintext: Uint8Array): Promise<void> {
    await this.begin(type).write(plaintext);
    await this.#queue.drained();
  }

  /**
   * The next message of the other side; the same one until it was read to its end.
   *
   * @throws DuetError what the other side broke off with, `connection_lost`, `interfered`, what a stapler said
   */
  receive(): Promise<IncomingMessage> {
    if (this.#incoming === undefined) {
      this.#incoming = this.#receive();
      quiet(this.#incoming);
    }
    return this.#incoming;
  }

  /** Waits for a promise while the other side is there and does not break off. */
  async whileOpen<T>(promise: Promise<T>): Promise<T> {
    quiet(promise);
    return await Promise.race([promise, this.receive().then(() => promise)]);
  }

  /**
   * What the other side broke off with. It may still be on its way when a write fails, since who sends an error closes.
   *
   * @param error what went wrong here
   * @returns `error`, unless it is a lost connection and the other side said why
   */
  async lastWord(error: unknown): Promise<unknown> {
    if (!isProblem(error, "connection_lost") || this.#peerError !== undefined) return this.#peerError ?? error;
    try {
      await within(LAST_WORD_MS, this.receive());
    } catch {
      // That is what was waited for.
    }
    return this.#peerError ?? error;
  }

  /**
   * Ends the connection because of an error: tells the other side, if it does not know better, in a bounded time.
   * Messages that are under way are cut off; every call that waits fails.
   */
  async leave(error: unknown): Promise<void> {
    this.#isClosing = true;
    const isMet = this.#sequence.conn !== undefined;
    const parting = isMet && this.#peerError === undefined ? peerErrorFor(error) : undefined;
    try {
      if (parting !== undefined) await within(GOODBYE_MS, this.#sayGoodbye(parting));
    } catch {
      // The other side is gone: nobody is left to be told.
    } finally {
      this.#options.stream.destroy();
    }
  }

  /** Everything is said: sends the end of this side. */
  async close(): Promise<void> {
    this.#isClosing = true;
    try {
      await within(GOODBYE_MS, this.#queue.drained());
      await within(GOODBYE_MS, this.#options.stream.end());
    } catch {
      // The other side was faster.
    } finally {
      this.#options.stream.destroy();
    }
  }

  /**
   * Waits for the other side to close.
   *
   * @returns `closed` by its end of the stream, `broken` in any other way, `open` when it has not come to that
   */
  async otherSideCloses(ms: number): Promise<"closed" | "broken" | "open"> {
    const header = new Uint8Array(MESSAGE_HEADER_BYTES);
    const end = this.#read(header).then(
      (bytes) => (bytes === 0 ? "closed" : "broken"),
      () => "broken" as const,
    );
    return (await within(ms, end)) ?? "open";
  }

  async #greet(): Promise<void> {
    const { session } = this.#options;
    const nonce = this.#random(HELLO_NONCE_BYTES);
    const own = session.sasNonce === undefined ? { nonce } : { nonce, sasNonce: session.sasNonce };
    // Read while it is written: neither side waits for the other.
    const sent = this.begin("hello").write(encodeHello(own));
    quiet(sent);
    const message = await this.receive();
    const theirs = decodeHello(otherRole(session.role), await message.whole(SMALL_MESSAGE_MAX_BYTES));
    await sent;
    const isSender = session.role === "sender";
    const nonces = isSender ? ([nonce, theirs.nonce] as const) : ([theirs.nonce, nonce] as const);
    this.#sequence = turns.meet(this.#sequence, ...nonces);
    this.#sas = session.sas ?? session.sasFor(theirs.sasNonce ?? new Uint8Array(0));
  }

  async #receive(): Promise<IncomingMessage> {
    const { session, forgeries } = this.#options;
    const header = new Uint8Array(MESSAGE_HEADER_BYTES);
    if ((await this.#read(header)) < MESSAGE_HEADER_BYTES) throw new DuetError("connection_lost");
    const direction = turns.incomingOf(session.role);
    const opener = MessageOpener.match({
      aead: this.#aead,
      key: session.keys[direction],
      chunk: session.chunk,
      context: turns.contextOf(this.#sequence, direction),
      // As of now, not of when the waiting began: what this side has sent since then allows more.
      types: turns.mayFollow(this.#sequence, direction),
      header,
    });
    if (opener === undefined) throw forgeries.next();
    this.#sequence = turns.begin(this.#sequence, direction, opener.type);
    const message = new IncomingMessage({
      opener,
      chunk: session.chunk,
      frames: this.#frames,
      read: (target) => this.#read(target),
      forgeries,
      ended: () => {
        this.#sequence = turns.finish(this.#sequence, direction);
        this.#incoming = undefined;
      },
    });
    if (opener.type !== "error") return message;
    this.#peerError = problemOf(decodeError(await message.whole(SMALL_MESSAGE_MAX_BYTES)));
    throw this.#peerError;
  }

  /** One read after the other, whoever asks: the stream takes one at a time. */
  #read(target: Uint8Array): Promise<number> {
    const read = this.#latestRead.then(() => this.#options.stream.readFully(target));
    this.#latestRead = read.catch(() => {});
    return read;
  }

  async #sayGoodbye(error: PeerError): Promise<void> {
    const { session, stream } = this.#options;
    if (this.#outgoing?.isOpen === true) await this.#outgoing.finish();
    if (turns.mayFollow(this.#sequence, turns.directionOf(session.role)).includes("error"))
      await this.send("error", encodeError(error));
    await stream.end();
    // Bytes that nobody reads would reset the connection, and the error could be lost with it.
    const rest = new Uint8Array(DRAIN_BYTES);
    while ((await this.#read(rest)) === rest.length);
  }
}
