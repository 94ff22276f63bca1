import {
  CHUNK_LENGTH_BYTES,
  type MessageOpener,
  type MessageType,
  readChunkLength,
  TAG_BYTES,
} from "../../protocol/index.js";
import { DuetError } from "../../protocol/problem.js";
import type { ForgeryCount } from "./forgery-count.js";
import { quiet, within } from "../waiting.js";

/**
 * Frames that ciphertext is read into, in turn: one is being filled while the plaintext of the latest three is in use.
 */
const FRAMES = 4;
/**
 * How long a chunk may take once its length was read. A live source pauses between chunks, never inside one; at
 * 4 KiB a second, a bad phone line, 1 MiB still fits.
 */
const CHUNK_TIMEOUT_MS = 300_000;

/** Reads exact amounts from the peer, one after the other. */
export type Read = (target: Uint8Array) => Promise<number>;

/** The memory that chunks are read into, shared by all messages of a connection and taken when first needed. */
export class FrameRing {
  readonly #bytes: number;
  readonly #frames: Uint8Array[] = [];
  #next = 0;

  /** @param chunk the chunk size of the session */
  constructor(chunk: number) {
    this.#bytes = chunk + TAG_BYTES;
  }

  take(): Uint8Array {
    const at = this.#next;
    this.#next = (at + 1) % FRAMES;
    return (this.#frames[at] ??= new Uint8Array(this.#bytes));
  }
}

interface IncomingOptions {
  readonly opener: MessageOpener;
  readonly chunk: number;
  readonly frames: FrameRing;
  readonly read: Read;
  readonly forgeries: ForgeryCount;
  /** Is told when the last chunk was opened. */
  readonly ended: () => void;
}

/** One message on its way in: its chunks as they come. What is only valid whole is whole when `next` gives undefined. */
export class IncomingMessage {
  readonly type: MessageType;
  readonly #options: IncomingOptions;
  /** The chunk that is being read while the one before it is in use. */
  #ahead: Promise<Uint8Array> | undefined;
  #isWhole = false;

  constructor(options: IncomingOptions) {
    this.type = options.opener.type;
    this.#options = options;
  }

  /**
   * The plaintext of the next chunk, as a view that stays as it is until the third call after this one.
   *
   * @returns undefined behind the last chunk
   * @throws DuetError `connection_lost`, `interfered`
   */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#isWhole) return undefined;
    const { opener, chunk, forgeries, ended } = this.#options;
    const sealed = await (this.#ahead ?? this.#readSealed());
    // Only a chunk of full length is followed by another: reading on behind the last would wait for the next message.
    this.#ahead = sealed.length === chunk + TAG_BYTES ? this.#readSealed() : undefined;
    if (this.#ahead !== undefined) quiet(this.#ahead);
    const opened = opener.open(sealed);
    if (opened === undefined) throw forgeries.next();
    this.#isWhole = opened.last;
    if (opened.last) ended();
    return opened.plaintext;
  }

  /**
   * A message of one chunk, as a copy.
   *
   * @param maxBytes of its plaintext
   * @throws DuetError `bad_message`, `connection_lost`, `interfered`
   */
  async whole(maxBytes: number): Promise<Uint8Array> {
    const { opener, forgeries, ended } = this.#options;
    const sealed = await this.#readSealed(maxBytes);
    const opened = opener.open(sealed);
    if (opened === undefined) throw forgeries.next();
    if (!opened.last) throw new DuetError("bad_message", { message: `${this.type} is too long` });
    this.#isWhole = true;
    ended();
    return opened.plaintext.slice();
  }

  async #readSealed(maxBytes = Infinity): Promise<Uint8Array> {
    const { chunk, frames, read, forgeries } = this.#options;
    const length = new Uint8Array(CHUNK_LENGTH_BYTES);
    if ((await read(length)) < CHUNK_LENGTH_BYTES) throw new DuetError("connection_lost");
    const bytes = readChunkLength(length, chunk);
    if (bytes === undefined) throw forgeries.next();
    if (bytes > maxBytes + TAG_BYTES) throw new DuetError("bad_message", { message: `${this.type} is too long` });
    const sealed = maxBytes === Infinity ? frames.take().subarray(0, bytes) : new Uint8Array(bytes);
    const filled = await within(CHUNK_TIMEOUT_MS, read(sealed));
    if (filled !== bytes) throw new DuetError("connection_lost");
    return sealed;
  }
}
