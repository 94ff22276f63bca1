import type { Acceptance } from "./acceptance.js";
import { BodyOrder } from "./body-order.js";
import { concat } from "./bytes.js";
import { badMessage } from "./json-lines.js";
import type { Manifest } from "./manifest.js";

/** The bytes themselves (PROTOCOL.md section 6, body): frames back to back, over as many messages as it takes. */

/** u64be entry ‖ u64be offset ‖ u32be n */
export const FRAME_HEADER_BYTES = 20;
/** The most that one frame holds. */
export const FRAME_MAX_BYTES = 2 ** 24;
/** The offset that gives an entry up. */
const GIVEN_UP = 2n ** 64n - 1n;
const EMPTY = new Uint8Array(0);

/** What a frame brings, piece by piece. */
export type BodyPart =
  | {
      readonly kind: "data";
      readonly entry: number;
      /** Where `bytes` belong. An entry that was to be resumed may begin again at 0: then what is there goes. */
      readonly offset: number;
      /** A view into the chunk, never empty. */
      readonly bytes: Uint8Array;
    }
  /** A stream has ended at its final offset. */
  | { readonly kind: "stream-end"; readonly entry: number; readonly offset: number }
  /** The sender could not read it to its end. */
  | { readonly kind: "given-up"; readonly entry: number };

/** @param length of the bytes that follow, at most `FRAME_MAX_BYTES`; 0 ends a stream */
export function encodeFrameHeader(entry: number, offset: number, length: number): Uint8Array {
  if (length > FRAME_MAX_BYTES) throw new RangeError("the frame is too long");
  return frameHeader(entry, BigInt(offset), length);
}

export function encodeGivenUp(entry: number): Uint8Array {
  return frameHeader(entry, GIVEN_UP, 0);
}

/** Reads the bodies of one connection. */
export class BodyReader {
  readonly #order: BodyOrder;
  /** The part of a frame header that has come, while the rest is in the next chunk. */
  #held: Uint8Array = EMPTY;
  #entry = 0;
  #offset = 0;
  /** How many bytes of the current frame are still to come. */
  #left = 0;

  constructor(manifest: Manifest, acceptance: Acceptance) {
    this.#order = new BodyOrder(manifest, acceptance);
  }

  /**
   * @param plaintext the next chunk of a body message
   * @throws DuetError `bad_message`
   */
  *push(plaintext: Uint8Array): Generator<BodyPart> {
    for (let at = 0; at < plaintext.length;) {
      if (this.#left > 0) {
        const bytes = plaintext.subarray(at, at + this.#left);
        at += bytes.length;
        yield this.#take(bytes);
        continue;
      }
      const header = concat(this.#held, plaintext.subarray(at, at + FRAME_HEADER_BYTES - this.#held.length));
      at += header.length - this.#held.length;
      const isWhole = header.length === FRAME_HEADER_BYTES;
      this.#held = isWhole ? EMPTY : header;
      const part = isWhole ? this.#begin(header) : undefined;
      if (part !== undefined) yield part;
    }
  }

  /** A body message has ended. @throws DuetError `bad_message` inside a frame */
  finishMessage(): void {
    if (this.#left > 0 || this.#held.length > 0) throw badMessage("a frame crosses messages");
  }

  /** `end` has come. @throws DuetError `bad_message` when something that was wanted is missing */
  finish(): void {
    this.#order.end();
  }

  #take(bytes: Uint8Array): BodyPart {
    const part: BodyPart = { kind: "data", entry: this.#entry, offset: this.#offset, bytes };
    this.#offset += bytes.length;
    this.#left -= bytes.length;
    return part;
  }

  /** @returns what a frame without bytes says */
  #begin(header: Uint8Array): BodyPart | undefined {
    const view = new DataView(header.buffer);
    const entry = Number(view.getBigUint64(0));
    const offset = view.getBigUint64(8);
    const length = view.getUint32(16);
    if (length > FRAME_MAX_BYTES) throw badMessage("a frame is too long");
    if (length === 0) return this.#beginEmpty(entry, offset);
    this.#order.data(entry, Number(offset), length);
    this.#entry = entry;
    this.#offset = Number(offset);
    this.#left = length;
    return undefined;
  }

  #beginEmpty(entry: number, offset: bigint): BodyPart {
    if (offset === GIVEN_UP) {
      this.#order.givenUp(entry);
      return { kind: "given-up", entry };
    }
    this.#order.streamEnd(entry, Number(offset));
    return { kind: "stream-end", entry, offset: Number(offset) };
  }
}

function frameHeader(entry: number, offset: bigint, length: number): Uint8Array {
  const header = new Uint8Array(FRAME_HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setBigUint64(0, BigInt(entry));
  view.setBigUint64(8, offset);
  view.setUint32(16, length);
  return header;
}
