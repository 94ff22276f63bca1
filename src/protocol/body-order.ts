import type { Acceptance } from "./acceptance.js";
import { EntrySizes } from "./entry-sizes.js";
import { badMessage } from "./json-lines.js";
import type { Manifest, ManifestKind } from "./manifest.js";

/** The entry that frames are coming for. */
interface Current {
  readonly entry: number;
  /** null in a stream of unknown length. */
  readonly size: number | null;
  /** Where the next byte belongs. */
  offset: number;
  /** Without a frame so far: a resumed entry may still begin again at 0. */
  isFresh: boolean;
  /** Given up, or a stream at its end. */
  isClosed: boolean;
}

/**
 * Checks that the frames of one connection are what was offered and accepted: ascending by entry, without a gap, not
 * a byte more than the size, nothing that was not wanted, and at the end nothing missing.
 *
 * @throws DuetError `bad_message`, from every method
 */
export class BodyOrder {
  readonly #kind: ManifestKind;
  readonly #sizes: EntrySizes;
  readonly #acceptance: Acceptance;
  #current: Current | undefined;

  constructor({ head, entries }: Manifest, acceptance: Acceptance) {
    this.#kind = head.kind;
    this.#sizes = EntrySizes.of(entries);
    this.#acceptance = acceptance;
  }

  /** A frame of `length` bytes, at least one. */
  data(entry: number, offset: number, length: number): void {
    const current = this.#enter(entry);
    if (current.isFresh && offset === 0) current.offset = 0;
    if (offset !== current.offset) throw badMessage("the bytes of an entry have a gap");
    current.offset = offset + length;
    current.isFresh = false;
    if (current.offset > (current.size ?? Number.MAX_SAFE_INTEGER))
      throw badMessage("an entry has more bytes than its size");
  }

  /** A frame without bytes at `offset`. */
  streamEnd(entry: number, offset: number): void {
    const current = this.#enter(entry);
    if (this.#kind !== "stream") throw badMessage("an empty frame");
    if (offset !== current.offset || offset !== (current.size ?? offset)) throw badMessage("the stream ends elsewhere");
    current.isClosed = true;
  }

  /** The sender has given an entry up, perhaps after its last byte. */
  givenUp(entry: number): void {
    this.#enter(entry).isClosed = true;
  }

  /** No more frames come. */
  end(): void {
    this.#passTo(this.#sizes.length);
  }

  #enter(entry: number): Current {
    if (this.#current?.entry === entry) {
      if (this.#current.isClosed) throw badMessage("an entry goes on after its end");
      return this.#current;
    }
    const start = this.#startOf(entry);
    if (start === undefined) throw badMessage("bytes of an entry that was not asked for");
    this.#passTo(entry);
    this.#current = { entry, size: this.#sizes.sizeOf(entry), offset: start, isFresh: true, isClosed: false };
    return this.#current;
  }

  /** Leaves the current entry for a later one. What lies between must need no bytes. */
  #passTo(entry: number): void {
    const { current, next } = this.#position();
    if (entry < next) throw badMessage("the entries do not ascend");
    if (current !== undefined && !current.isClosed && current.offset !== current.size)
      throw badMessage("an entry is not whole");
    for (let between = next; between < entry; between++) {
      const start = this.#startOf(between);
      if (start !== undefined && start !== this.#sizes.sizeOf(between)) throw badMessage("an entry is missing");
    }
  }

  #position(): { readonly current: Current | undefined; readonly next: number } {
    const current = this.#current;
    return { current, next: current === undefined ? 0 : current.entry + 1 };
  }

  /** @returns undefined for an entry that was skipped, and for what is no file */
  #startOf(entry: number): number | undefined {
    if (!this.#sizes.isFile(entry)) return undefined;
    const decision = this.#acceptance.of(entry);
    if (decision.do === "skip") return undefined;
    return decision.do === "resume" ? decision.offset : 0;
  }
}
