import type { Writable } from "node:stream";
import type { TransferOptions } from "../connection/connections.js";
import type { Verify } from "../connection/verifier.js";
import type { TakenRule } from "../disk/publish.js";
import type { JournalStore } from "../journal/journal-store.js";
import type { Consent, Offer } from "./offer.js";
import type { Sink } from "./single-destination.js";

/** What `receiveFiles` needs to know. */
export interface ReceiveOptions extends TransferOptions {
  /** A folder, made if the one it is in exists; or what a single file goes into, a stream perhaps, which is not ended. */
  readonly out: string | Writable | Sink;
  /**
   * Asked once for every different offer, with all of it. Nothing is written before it says yes. The signal aborts when
   * the answer is not wanted any more.
   */
  readonly consent: (offer: Offer, signal: AbortSignal) => Promise<Consent>;
  /** For names that are taken; `rename` if not given. */
  readonly rule?: TakenRule;
  /** Taken from the mode of everything that is written, as `umask(2)` does; 0o022 if not given. */
  readonly umask?: number;
  /** As for `sendFiles`. */
  readonly verify?: Verify;
  /**
   * Where an unfinished transfer is remembered, so that another process goes on with it: `FileJournals`. Without it nothing
   * incomplete outlives this call.
   */
  readonly journals?: JournalStore;
}
