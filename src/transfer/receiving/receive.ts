import type { Writable } from "node:stream";
import { linkedSignal } from "../../client/index.js";
import { Connections, type TransferOptions } from "../connection/connections.js";
import { endingWell, mayGoOn, problemFor } from "../connection/endings.js";
import { Journal } from "../journal/journal.js";
import { noJournals } from "../journal/journal-memory.js";
import type { JournalStore } from "../journal/journal-store.js";
import type { Consent, Offer, Target } from "./offer.js";
import type { TakenRule } from "./placement.js";
import { type Received, Receiving } from "./receiving.js";
import { findRoot } from "./root.js";
import { WritableSink } from "./single-destination.js";
import { type Verify, Verifier } from "../connection/verifier.js";

/** How long to try to repeat an `ack` that may not have arrived. */
const REPEAT_ACK_MS = 10_000;

/** What most systems have: a library cannot read its own without changing it for a moment. */
const DEFAULT_UMASK = 0o022;

export interface ReceiveOptions extends TransferOptions {
  /** A folder, made if the one it is in exists; or a stream for a single file, which is not ended. */
  readonly out: string | Writable;
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

/**
 * Receives what a sender offers, if somebody agrees to it. Resolves when all of it is complete under its names and on
 * the disk, the sender has been told so, and the channel is closed.
 *
 * @throws DuetError; nothing incomplete is left behind then, unless `journals` remembers it and the transfer may go on: after a
 *   loss, and when the signal aborted
 */
export async function receiveFiles(options: ReceiveOptions): Promise<Received> {
  const { exchange, signal } = options;
  return await endingWell(exchange, signal, async () => {
    const target = await targetOf(options);
    const received = await receiveInto(target, options);
    await exchange.close("done");
    return received;
  });
}

async function targetOf({ out, rule = "rename", umask = DEFAULT_UMASK, journals }: ReceiveOptions): Promise<Target> {
  if (typeof out !== "string") return { sink: new WritableSink(out) };
  const root = await findRoot(out);
  return { root, ruleFor: () => rule, umask, journal: new Journal(await (journals ?? noJournals).open(root.path)) };
}

async function receiveInto(target: Target, options: ReceiveOptions): Promise<Received> {
  const verifier = new Verifier(options.verify, options.signal);
  const connections = new Connections(options, verifier);
  const receiving = new Receiving(options, target, verifier);
  try {
    const received = await connections.run(receiving.use);
    if (!receiving.isHeard) await repeatAck(connections, receiving, options.signal);
    await receiving.end();
    options.onEvent?.({ event: "done", summary: received });
    return received;
  } catch (error) {
    if (mayGoOn(problemFor(error, options.signal))) await receiving.suspend();
    else await receiving.abandon();
    throw error;
  } finally {
    receiving.close();
  }
}

/** The line broke before the sender closed: it may not know yet that everything has arrived. */
async function repeatAck(connections: Connections, receiving: Receiving, signal: AbortSignal): Promise<void> {
  const limit = linkedSignal(signal);
  const timer = setTimeout(() => limit.abort(), REPEAT_ACK_MS);
  try {
    while (!receiving.isHeard) await connections.run(receiving.use, limit.signal);
  } catch {
    // Everything is here, whatever the sender heard of it.
  } finally {
    clearTimeout(timer);
    limit.release();
  }
}
