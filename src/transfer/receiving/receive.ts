import { linkedSignal } from "../../client/index.js";
import { Connections } from "../connection/connections.js";
import { endingWell, isGone, mayGoOn, problemFor } from "../connection/endings.js";
import { Journal } from "../journal/journal.js";
import { noJournals } from "../journal/journal-memory.js";
import type { Target } from "./offer.js";
import type { ReceiveOptions } from "./receive-options.js";
import { type Received, Receiving } from "./receiving.js";
import { findRoot } from "./root.js";
import { WritableSink } from "./single-destination.js";
import { Verifier } from "../connection/verifier.js";

/** How long to try to repeat an `ack` that may not have arrived. */
const REPEAT_ACK_MS = 10_000;

/** What most systems have: a library cannot read its own without changing it for a moment. */
const DEFAULT_UMASK = 0o022;

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
    return await receiveInto(await targetOf(options), options);
  });
}

async function targetOf({ out, rule = "rename", umask = DEFAULT_UMASK, journals }: ReceiveOptions): Promise<Target> {
  if (typeof out !== "string") return { sink: "reset" in out ? out : new WritableSink(out) };
  const root = await findRoot(out);
  return { root, ruleFor: () => rule, umask, journal: new Journal(await (journals ?? noJournals).open(root.path)) };
}

async function receiveInto(target: Target, options: ReceiveOptions): Promise<Received> {
  const verifier = new Verifier(options.verify, options.signal);
  const connections = new Connections(options, verifier);
  const receiving = new Receiving(options, target, verifier);
  try {
    const received = await fromSender(connections, receiving, target, options);
    if (receiving.isOffered && !receiving.isHeard) await repeatAck(connections, receiving, options.signal);
    // In this order: whoever dies in between finds in the journal that nothing is missing.
    await options.exchange.close("done");
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

/**
 * Everything, or what is missing of it. Where an earlier run missed nothing and died before it could end, the sender may not know
 * yet, and then is looking for this side; or has gone, and all is well.
 */
async function fromSender(
  connections: Connections,
  receiving: Receiving,
  target: Target,
  { signal, onEvent }: ReceiveOptions,
): Promise<Received> {
  const whole = "journal" in target ? target.journal.whole : undefined;
  if (whole === undefined) return await connections.run(receiving.use);
  using limit = whileAckMatters(signal, () => !receiving.isOffered);
  try {
    return await connections.run(receiving.use, limit.signal);
  } catch (error) {
    signal.throwIfAborted();
    if (receiving.isOffered || !(limit.signal.aborted || isGone(error))) throw error;
    onEvent?.({ event: "whole" });
    return receiving.recall(whole);
  }
}

/** The line broke before the sender closed: it may not know yet that everything has arrived. */
async function repeatAck(connections: Connections, receiving: Receiving, signal: AbortSignal): Promise<void> {
  using limit = whileAckMatters(signal);
  try {
    while (!receiving.isHeard) await connections.run(receiving.use, limit.signal);
  } catch {
    // Everything is here, whatever the sender heard of it.
  }
}

/**
 * A signal that also aborts when an `ack` has been tried for long enough. Ended by `using`.
 *
 * @param isVain asked then: whether there is nothing better to wait for
 */
function whileAckMatters(
  signal: AbortSignal,
  isVain = (): boolean => true,
): Disposable & { readonly signal: AbortSignal } {
  const limit = linkedSignal(signal);
  const timer = setTimeout(() => {
    if (isVain()) limit.abort();
  }, REPEAT_ACK_MS);
  return {
    signal: limit.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      limit.release();
    },
  };
}
