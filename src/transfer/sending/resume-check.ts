import type { ResumeDecision } from "../../protocol/index.js";
import type { Seekable } from "./entry-reader.js";
import { PrefixHash } from "../disk/prefix-hash.js";

/** What is told while a file is checked. */
export interface ResumeEvents {
  checking(entry: number, bytes: number, total: number): void;
  /** So many bytes that the other side has are not the beginning of the file. */
  dropped(entry: number, bytes: number): void;
}

/**
 * The sender's side of going on in the middle of a file: whether what the other side has is its beginning. Lives over all
 * connections, so that of a file whose line breaks often only what is new is read again.
 */
export class ResumeCheck {
  readonly #events: ResumeEvents;
  #latest: { readonly entry: number; readonly version: string; readonly prefix: PrefixHash } | undefined;

  constructor(events: ResumeEvents) {
    this.#events = events;
  }

  /**
   * @param decision what the other side says that it has
   * @returns where to begin: at its offset if its hash is right, else at 0
   * @throws the signal's reason, and what reading fails with
   */
  async startOf(
    entry: number,
    file: Seekable,
    { offset, sha256 }: ResumeDecision,
    signal: AbortSignal,
  ): Promise<number> {
    const { version } = file;
    if (this.#latest?.entry !== entry || this.#latest.version !== version)
      this.#latest = { entry, version, prefix: new PrefixHash() };
    const { prefix } = this.#latest;
    const own = await prefix.digest(
      offset,
      (target, position) => file.readAt(target, position),
      signal,
      (bytes) => this.#events.checking(entry, bytes, offset),
    );
    if (own !== undefined && Buffer.from(own).equals(sha256)) return offset;
    this.#events.dropped(entry, offset);
    return 0;
  }
}
