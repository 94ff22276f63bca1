import { loadSuite, platformRandom, Secret, startRecipient, startSender } from "../protocol/index.js";
import type { ChannelName } from "../protocol/names.js";
import { DEFAULT_SUITE, type SuiteName } from "../protocol/suite-names.js";
import type { RelayConnection } from "./relay-connection.js";

const SECRET_BYTES = 16;

/**
 * Who waits for so long waits for a person. Two commands that start at once meet sooner, and a rehearsal would take
 * their processor: it made 1 KiB from one to the other 25 % slower.
 */
const WAITS_FOR_A_PERSON_MS = 300;

/** Loads what a key agreement needs while something else is waited for. A failure shows when it is used. */
export function warmUp(curve: SuiteName = DEFAULT_SUITE): void {
  loadSuite(curve).catch(() => {});
}

/** While a code is being typed: connects to the relay, and gets ready for what most senders propose. */
export function getReady(relay: RelayConnection): void {
  relay.preconnect();
  rehearseOnce(DEFAULT_SUITE);
}

/** Waits for the other side, and gets ready for it when that takes a while. */
export async function whileReadying<T>(waiting: Promise<T>, curve: SuiteName = DEFAULT_SUITE): Promise<T> {
  const timer = setTimeout(rehearseOnce, WAITS_FOR_A_PERSON_MS, curve);
  try {
    return await waiting;
  } finally {
    clearTimeout(timer);
  }
}

const rehearsed = new Set<SuiteName>();

function rehearseOnce(curve: SuiteName): void {
  if (rehearsed.has(curve)) return;
  rehearsed.add(curve);
  rehearse(curve).catch(() => {});
}

/**
 * Loads a suite and plays a whole round with itself, words and all made up: what runs for the first time takes several
 * times as long. From a typed code to the first byte took 120 ms without, and 52 with it. Between the steps whatever
 * has come in has its turn.
 */
export async function rehearse(curve: SuiteName): Promise<void> {
  // No channel of a relay is named so, and nothing of this leaves the process.
  const options = { channel: "" as ChannelName, secret: new Secret(platformRandom(SECRET_BYTES)), curve };
  const sender = await startSender(options);
  await turn();
  const recipient = await startRecipient({ ...options, x: sender.x });
  await turn();
  const { hK } = sender.finish(recipient.y, recipient.hhK);
  recipient.confirm(hK);
}

/** `setImmediate` would do, but this runs in browsers too. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
