import type { MessageSealer } from "../../protocol/index.js";
import { quiet } from "../waiting.js";

/** Sealed chunks that may wait for the socket. With one being filled and one being sealed: some 4 MiB in all. */
const WRITES_AHEAD = 2;

/** Sends parts back to back, as a PeerStream does. */
export type Write = (parts: readonly Uint8Array[]) => Promise<void>;

/** Lets a few writes be under way, so that the next chunk is made while the last ones drain, and not more. */
export class WriteQueue {
  readonly #write: Write;
  readonly #release: (part: Uint8Array) => void;
  readonly #underWay: Promise<void>[] = [];

  /** @param release is handed every part that has left this process */
  constructor(write: Write, release: (part: Uint8Array) => void) {
    this.#write = write;
    this.#release = release;
  }

  /** Hands the parts over at once; resolves when the next may come. */
  async push(parts: readonly Uint8Array[]): Promise<void> {
    const sent = this.#write(parts).then(() => parts.forEach((part) => this.#release(part)));
    quiet(sent);
    this.#underWay.push(sent);
    while (this.#underWay.length > WRITES_AHEAD) await this.#underWay.shift();
  }

  /** Everything that was pushed has left this process. */
  async drained(): Promise<void> {
    while (this.#underWay.length > 0) await this.#underWay.shift();
  }
}

/** One message on its way out. Its header leaves with its first chunk. */
export class OutgoingMessage {
  readonly #sealer: MessageSealer;
  readonly #queue: WriteQueue;
  readonly #ended: () => void;
  #hasBegun = false;

  /** @param ended is told as soon as the last chunk is sealed */
  constructor(sealer: MessageSealer, queue: WriteQueue, ended: () => void) {
    this.#sealer = sealer;
    this.#queue = queue;
    this.#ended = ended;
  }

  /** Whether the last chunk is still to come. */
  get isOpen(): boolean {
    return this.#sealer.isOpen;
  }

  /**
   * @param plaintext at most a chunk; anything shorter ends the message. May be used again as soon as this returned its
   * promise: it is sealed by then
   */
  async write(plaintext: Uint8Array): Promise<void> {
    const sealed = this.#sealer.seal(plaintext);
    const parts = this.#hasBegun ? sealed : [this.#sealer.header, ...sealed];
    this.#hasBegun = true;
    if (!this.#sealer.isOpen) this.#ended();
    await this.#queue.push(parts);
  }

  /** Ends the message, if its last chunk has not done so. */
  async finish(): Promise<void> {
    if (this.isOpen) await this.write(new Uint8Array(0));
  }
}
