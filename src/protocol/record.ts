import { type Aead, TAG_BYTES } from "./aead.js";
import { concat, u64be, utf8 } from "./bytes.js";
import { isChunk } from "./capabilities.js";
import {
  ChunkOpener,
  ChunkSealer,
  deriveMessageKeys,
  HEADER_BYTES,
  type OpenedChunk,
  openHeader,
  SALT_BYTES,
} from "./chunked.js";
import { P, PROTOCOL_LABEL } from "./labels.js";
import { lv } from "./lv.js";
import type { RandomBytes } from "./random.js";
import type { Secret } from "./secret.js";

/**
 * The messages of the encrypted stream (PROTOCOL.md section 6): a header that only one type at one place of one
 * connection can have, then chunks, each behind its length.
 */

export { type Aead, TAG_BYTES };

export type Direction = "s2r" | "r2s";
export type MessageType = "hello" | "manifest" | "accept" | "body" | "end" | "ack" | "error";

/** Where in the stream a message stands. `sequence.ts` counts. */
export interface MessageContext {
  readonly direction: Direction;
  /** Empty for the first message of a direction, then what both hellos made. */
  readonly conn: Uint8Array;
  /** From 0, per direction and connection. */
  readonly index: number;
}

/** salt ‖ commitment */
export const MESSAGE_HEADER_BYTES = HEADER_BYTES;
export const CHUNK_LENGTH_BYTES = 3;
/** PROTOCOL.md section 6: what one key may encrypt, far inside AES-GCM's limits. */
export const MESSAGE_MAX_BYTES = 2 ** 36;

interface MessageOptions {
  readonly aead: Aead;
  /** The key of the direction. */
  readonly key: Secret;
  /** The chunk size that both sides agreed on. */
  readonly chunk: number;
  readonly context: MessageContext;
}

/** Encrypts one message. */
export class MessageSealer {
  /** salt ‖ commitment, to send before the first chunk. */
  readonly header: Uint8Array;
  readonly #sealer: ChunkSealer;
  readonly #chunk: number;
  /** The length of a full chunk, which nearly all are: made once. */
  readonly #fullLength: Uint8Array;
  #bytes = 0;

  constructor(options: MessageOptions & { readonly type: MessageType; readonly random: RandomBytes }) {
    const { aead, key, chunk, context, type, random } = options;
    const salt = random(SALT_BYTES);
    const keys = deriveMessageKeys(key.reveal(), labelOf(chunk), salt, contextOf(context, type));
    this.header = concat(salt, keys.commitment);
    this.#sealer = new ChunkSealer(aead, keys, chunk);
    this.#chunk = chunk;
    this.#fullLength = u24be(chunk + TAG_BYTES);
  }

  /** Whether the last chunk is still to come. */
  get isOpen(): boolean {
    return this.#sealer.isOpen;
  }

  /**
   * @param plaintext at most `chunk` bytes. Fewer end the message; `chunk` bytes never do, so a message of a multiple
   * of `chunk` bytes is ended by an empty chunk
   * @returns length ‖ ciphertext ‖ tag in parts, for one writev; the first part may be shared between chunks
   * @throws RangeError for a chunk that is too long or behind the last, and past `MESSAGE_MAX_BYTES`
   */
  seal(plaintext: Uint8Array): readonly Uint8Array[] {
    this.#bytes += plaintext.length;
    if (this.#bytes > MESSAGE_MAX_BYTES) throw new RangeError("the message is too long");
    const length = plaintext.length === this.#chunk ? this.#fullLength : u24be(plaintext.length + TAG_BYTES);
    return [length, ...this.#sealer.seal(plaintext)];
  }
}

/** Decrypts one message. */
export class MessageOpener {
  readonly type: MessageType;
  readonly #opener: ChunkOpener;
  #bytes = 0;

  private constructor(type: MessageType, opener: ChunkOpener) {
    this.type = type;
    this.#opener = opener;
  }

  /**
   * Finds out which message a header begins: its type is not on the wire, only one type's commitment matches.
   *
   * @param types what may come next, at most three
   * @returns undefined when none matches: forged, replayed, reflected, dropped before, or out of turn
   */
  static match(
    options: MessageOptions & { readonly types: readonly MessageType[]; readonly header: Uint8Array },
  ): MessageOpener | undefined {
    const { aead, key, chunk, context, types, header } = options;
    for (const type of types) {
      const keys = openHeader(key.reveal(), labelOf(chunk), header, contextOf(context, type));
      if (keys !== undefined) return new MessageOpener(type, new ChunkOpener(aead, keys, chunk));
    }
    return undefined;
  }

  /**
   * @param sealed ciphertext ‖ tag of one chunk; its length was read by `readChunkLength`
   * @returns undefined when refused, which ends the message and must end the connection
   */
  open(sealed: Uint8Array): OpenedChunk | undefined {
    const opened = this.#opener.open(sealed);
    if (opened === undefined) return undefined;
    this.#bytes += opened.plaintext.length;
    return this.#bytes > MESSAGE_MAX_BYTES ? undefined : opened;
  }
}

/**
 * Reads what stands before a chunk, before any memory is taken for it.
 *
 * @param bytes `CHUNK_LENGTH_BYTES` bytes
 * @returns the length of the sealed chunk that follows; undefined when it is impossible
 */
export function readChunkLength(bytes: Uint8Array, chunk: number): number | undefined {
  const [a, b, c] = bytes;
  if (bytes.length !== CHUNK_LENGTH_BYTES || a === undefined || b === undefined || c === undefined) return undefined;
  const length = (a << 16) | (b << 8) | c;
  return length < TAG_BYTES || length > chunk + TAG_BYTES ? undefined : length;
}

function u24be(value: number): Uint8Array {
  return Uint8Array.of(value >>> 16, value >>> 8, value);
}

function labelOf(chunk: number): string {
  if (!isChunk(chunk)) throw new RangeError("not a chunk size");
  return `${PROTOCOL_LABEL}/chunk${chunk}+AEAD_AES_256_GCM`;
}

function contextOf({ direction, conn, index }: MessageContext, type: MessageType): Uint8Array {
  return lv(P, utf8(direction), conn, u64be(index), utf8(type));
}
