import {
  type Acceptance,
  encodeFrameHeader,
  encodeGivenUp,
  type End,
  EntrySizes,
  FRAME_HEADER_BYTES,
  FRAME_MAX_BYTES,
} from "../protocol/index.js";
import type { EntryReader, Piece } from "./entry-reader.js";
import type { Source } from "./source.js";

/** What a chunk was filled with. */
export interface Filled {
  readonly bytes: number;
  /** How many of them are content. */
  readonly content: number;
  /** Nothing comes behind it. */
  readonly isLast: boolean;
}

interface Current {
  readonly entry: number;
  readonly reader: EntryReader;
  offset: number;
}

/** Is told of an entry that could not be sent. */
export type GivenUp = (entry: number, why: unknown) => void;

const CHANGED = "changed";

/**
 * Lays the wanted entries out as frames (PROTOCOL.md section 6, body), a chunk at a time. A frame ends with its chunk:
 * so its length is what was really read, and a transfer that stops between chunks stops between frames.
 */
export class BodyWriter {
  readonly #source: Source;
  readonly #sizes: EntrySizes;
  readonly #acceptance: Acceptance;
  readonly #givenUp: GivenUp;
  #next = 0;
  #current: Current | undefined;
  /** A frame without bytes that is due. */
  #due: Uint8Array | undefined;
  #isClosed = false;
  #entries = 0;
  #failed = 0;
  #bytes = 0;

  constructor(source: Source, acceptance: Acceptance, givenUp: GivenUp) {
    this.#source = source;
    this.#sizes = EntrySizes.of(source.manifest.entries);
    this.#acceptance = acceptance;
    this.#givenUp = givenUp;
  }

  /** Of this connection; right when the last chunk is filled. */
  get totals(): End {
    return { entries: this.#entries, failed: this.#failed, bytes: this.#bytes };
  }

  /**
   * Fills a chunk from the front with whole frames, as far as they fit.
   *
   * @param patient whether to wait for a source that pauses; otherwise an empty chunk says that it does
   */
  async fill(chunk: Uint8Array, patient: boolean): Promise<Filled> {
    let at = 0;
    let content = 0;
    while (chunk.length - at > FRAME_HEADER_BYTES) {
      if (this.#due !== undefined) {
        chunk.set(this.#due, at);
        at += FRAME_HEADER_BYTES;
        this.#due = undefined;
        continue;
      }
      const current = this.#current ?? (await this.#open());
      if (current === undefined) {
        if (this.#due !== undefined) continue;
        return { bytes: at, content, isLast: true };
      }
      const room = chunk.subarray(at + FRAME_HEADER_BYTES).subarray(0, FRAME_MAX_BYTES);
      const piece = await this.#read(current, room, patient && at === 0);
      if (piece.bytes > 0) {
        chunk.set(encodeFrameHeader(current.entry, current.offset, piece.bytes), at);
        at += FRAME_HEADER_BYTES + piece.bytes;
        content += piece.bytes;
        current.offset += piece.bytes;
        this.#bytes += piece.bytes;
      }
      if (piece.state === "end" || piece.state === CHANGED) await this.#leave(current);
      if (piece.state === "pause") break;
    }
    return { bytes: at, content, isLast: false };
  }

  /** Lets go of what is open. A `fill` that waits is given up. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#current?.reader.close();
  }

  /** @returns undefined when nothing is left, or when a frame is due instead */
  async #open(): Promise<Current | undefined> {
    while (this.#next < this.#sizes.length && !this.#isClosed) {
      const entry = this.#next++;
      if (this.#acceptance.of(entry).do === "skip") continue;
      this.#entries++;
      if (!this.#sizes.isFile(entry) || this.#sizes.sizeOf(entry) === 0) continue;
      const reader = await this.#source.open(entry).catch((error: unknown) => this.#giveUp(entry, error));
      if (reader === undefined) return undefined;
      // What the recipient has of it is sent again: beginning at 0 is always allowed.
      this.#current = { entry, reader, offset: 0 };
      // Closed while it was being opened.
      if (this.#isClosed) await reader.close();
      return this.#current;
    }
    return undefined;
  }

  async #read(current: Current, room: Uint8Array, patient: boolean): Promise<Piece> {
    try {
      const piece = await current.reader.read(room, patient);
      if (piece.state === CHANGED) this.#giveUp(current.entry, undefined);
      else if (piece.state === "end" && this.#source.manifest.head.kind === "stream") {
        this.#due = encodeFrameHeader(current.entry, current.offset + piece.bytes, 0);
      }
      return piece;
    } catch (error) {
      if (this.#isClosed) throw error;
      this.#giveUp(current.entry, error);
      return { bytes: 0, state: CHANGED };
    }
  }

  #giveUp(entry: number, why: unknown): undefined {
    this.#failed++;
    this.#due = encodeGivenUp(entry);
    this.#givenUp(entry, why);
  }

  async #leave(current: Current): Promise<void> {
    this.#current = undefined;
    await current.reader.close();
  }
}
