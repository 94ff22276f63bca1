/** Reads and writes whole messages as bytes, as a connection would carry them. */
import { concat } from "../../src/protocol/bytes.js";
import {
  type Aead,
  CHUNK_LENGTH_BYTES,
  MESSAGE_HEADER_BYTES,
  type MessageContext,
  MessageOpener,
  MessageSealer,
  type MessageType,
  readChunkLength,
} from "../../src/protocol/record.js";
import type { RandomBytes } from "../../src/protocol/random.js";
import type { Secret } from "../../src/protocol/secret.js";

interface Options {
  readonly aead: Aead;
  readonly key: Secret;
  readonly chunk: number;
  readonly context: MessageContext;
}

export function writeMessage(
  options: Options & { readonly type: MessageType; readonly random: RandomBytes },
  plaintext: Uint8Array,
): Uint8Array {
  const sealer = new MessageSealer(options);
  const parts = [sealer.header];
  for (let at = 0; sealer.isOpen; at += options.chunk)
    parts.push(...sealer.seal(plaintext.subarray(at, at + options.chunk)));
  return concat(...parts);
}

/** One message out of pieces of any size. */
export class MessageReader {
  readonly #options: Options & { readonly types: readonly MessageType[] };
  readonly #opened: Uint8Array[] = [];
  #held: Uint8Array = new Uint8Array(0);
  #opener: MessageOpener | undefined;
  #length: number | undefined;
  /** Undefined until the last chunk has opened. */
  whole: Uint8Array | undefined;

  constructor(options: Options & { readonly types: readonly MessageType[] }) {
    this.#options = options;
  }

  get type(): MessageType | undefined {
    return this.#opener?.type;
  }

  /** @returns false when it refuses */
  push(piece: Uint8Array): boolean {
    this.#held = concat(this.#held, piece);
    for (let step = this.#step(); step !== "more"; step = this.#step()) {
      if (step === "refused") return false;
    }
    return true;
  }

  #step(): "more" | "refused" | "done" {
    if (this.#opener === undefined) {
      const header = this.#take(MESSAGE_HEADER_BYTES);
      if (header === undefined) return "more";
      this.#opener = MessageOpener.match({ ...this.#options, header });
      return this.#opener === undefined ? "refused" : "done";
    }
    if (this.#length === undefined) {
      const length = this.#take(CHUNK_LENGTH_BYTES);
      if (length === undefined) return "more";
      this.#length = readChunkLength(length, this.#options.chunk);
      return this.#length === undefined ? "refused" : "done";
    }
    const sealed = this.#take(this.#length);
    if (sealed === undefined) return "more";
    this.#length = undefined;
    const chunk = this.#opener.open(sealed);
    if (chunk === undefined) return "refused";
    this.#opened.push(chunk.plaintext);
    if (chunk.last) this.whole = concat(...this.#opened);
    return "done";
  }

  #take(length: number): Uint8Array | undefined {
    if (this.#held.length < length) return undefined;
    const taken = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return taken;
  }
}

/** @returns undefined unless the bytes are one whole message */
export function readMessage(options: Options & { readonly types: readonly MessageType[] }, wire: Uint8Array) {
  const reader = new MessageReader(options);
  const { whole, type } = reader.push(wire) ? reader : { whole: undefined, type: undefined };
  return whole === undefined || type === undefined ? undefined : { type, plaintext: whole };
}
