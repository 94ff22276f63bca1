import {
  type Acceptance,
  encodeFrameHeader,
  encodeGivenUp,
  type End,
  EntrySizes,
  FRAME_HEADER_BYTES,
  FRAME_MAX_BYTES,
  type ResumeDecision,
} from "../../protocol/index.js";
import type { EntryReader, Piece, Seekable } from "./entry-reader.js";
import { ReadAhead } from "./read-ahead.js";
import type { Place } from "../running-file.js";
import type { Source } from "./source.js";

/** What a chunk was filled with. */
export interface Filled {
  readonly bytes: number;
  /** How many of them are content. */
  readonly content: number;
  /** Where the next byte of content comes from; undefined between files. */
  readonly place: Place | undefined;
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

/**
 * Where a file begins of which the recipient has a part.
 *
 * @throws what reading fails with, and the signal's reason
 */
export type StartOf = (entry: number, file: Seekable, resume: ResumeDecision, signal: AbortSignal) => Promise<number>;

/** What a writer is told with, and asks. */
export interface BodyWriterOptions {
  readonly source: Source;
  readonly acceptance: Acceptance;
  readonly givenUp: GivenUp;
  readonly startOf: StartOf;
}

const CHANGED = "changed";

/**
 * Lays the wanted entries out as frames (PROTOCOL.md section 6, body), a chunk at a time. A frame ends with its chunk:
 * so its length is what was really read, and a transfer that stops between chunks stops between frames.
 */
export class BodyWriter {
  readonly #source: Source;
  readonly #ahead: ReadAhead;
  readonly #sizes: EntrySizes;
  readonly #acceptance: Acceptance;
  readonly #givenUp: GivenUp;
  readonly #startOf: StartOf;
  readonly #closing = new AbortController();
  #next = 0;
  #current: Current | undefined;
  /** A frame without bytes that is due. */
  #due: Uint8Array | undefined;
  #entries = 0;
  #failed = 0;
  #bytes = 0;

  constructor({ source, acceptance, givenUp, startOf }: BodyWriterOptions) {
    this.#source = source;
    this.#ahead = new ReadAhead(source, acceptance);
    this.#sizes = EntrySizes.of(source.manifest.entries);
    this.#acceptance = acceptance;
    this.#givenUp = givenUp;
    this.#startOf = startOf;
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
        return { bytes: at, content, place: undefined, isLast: true };
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
    const current = this.#current;
    const place = current === undefined ? undefined : { entry: current.entry, offset: current.offset };
    return { bytes: at, content, place, isLast: false };
  }

  /** Lets go of what is open. A `fill` that waits is given up. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#current?.reader.close();
    await this.#ahead.close();
  }

  /** @returns undefined when nothing is left, or when a frame is due instead */
  async #open(): Promise<Current | undefined> {
    while (this.#next < this.#sizes.length && !this.#closing.signal.aborted) {
      const entry = this.#next++;
      const decision = this.#acceptance.of(entry);
      if (decision.do === "skip") continue;
      this.#entries++;
      if (!this.#sizes.isFile(entry) || this.#sizes.sizeOf(entry) === 0) continue;
      const reader = await this.#ahead.open(entry).catch((error: unknown) => this.#giveUp(entry, error));
      if (reader === undefined) return undefined;
      this.#current = { entry, reader, offset: 0 };
      if (decision.do === "resume" && !(await this.#goOn(this.#current, decision))) {
        if (this.#due !== undefined) return undefined;
        continue;
      }
      // Closed while it was being opened.
      if (this.#closing.signal.aborted) await reader.close();
      return this.#current;
    }
    return undefined;
  }

  /** Begins a file where the recipient's part of it ends, or at 0. @returns whether anything of it is to be sent */
  async #goOn(current: Current, resume: ResumeDecision): Promise<boolean> {
    const { entry, reader } = current;
    // What is not as it was announced is given up by its first read.
    if (reader.seekable === undefined) return true;
    try {
      current.offset = await this.#startOf(entry, reader.seekable, resume, this.#closing.signal);
      reader.seekable.seek(current.offset);
    } catch (error) {
      this.#closing.signal.throwIfAborted();
      this.#giveUp(entry, error);
    }
    if (this.#due === undefined && current.offset !== this.#sizes.sizeOf(entry)) return true;
    await this.#leave(current);
    return false;
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
      if (this.#closing.signal.aborted) throw error;
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
