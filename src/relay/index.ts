/** The relay: the steps of the exchange over REST and tRPC, and the staplers' side door. */
export { createRelay, type Relay } from "./create-relay.js";
export type { Admittance, StaplerDoor, StaplerRound } from "./internal/door.js";
export type { Release, RoundRef } from "./internal/held-rounds.js";
export type { Advertisement } from "./internal/registry.js";
export type { InternalRouter } from "./internal/router.js";
export { createLogger, type LogOptions, type RelayLogger } from "./log.js";
export type { RelayOptions } from "./options.js";
export type { PublicRouter } from "./router.js";
