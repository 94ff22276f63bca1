import { loadSuite } from "../protocol/index.js";
import { DEFAULT_SUITE, type SuiteName } from "../protocol/suite-names.js";
import type { RelayConnection } from "./relay-connection.js";

/** Loads what a key agreement needs while something else is waited for. A failure shows when it is used. */
export function warmUp(curve: SuiteName = DEFAULT_SUITE): void {
  loadSuite(curve).catch(() => {});
}

/** While a code is being typed: connects to the relay, and loads what most senders propose. */
export function getReady(relay: RelayConnection): void {
  relay.preconnect();
  warmUp();
}
