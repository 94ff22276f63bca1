/** The relay: the steps of the exchange over REST and tRPC, and the staplers' side door. */
export { createRelay, type Relay } from "./create-relay.js";
export { DEFAULT_RATE_LIMIT, type RateLimit } from "./http/rate-limit.js";
export { internalRouter, type InternalRouter } from "./internal/router.js";
export { createLogger, type LogOptions, type RelayLogger } from "./log.js";
export { DEFAULT_MAX_OPEN_PER_ADDRESS, DEFAULT_TIMEOUTS, type RelayOptions, type Timeouts } from "./options.js";
export { publicRouter, type PublicRouter } from "./router.js";
export { DEFAULT_WAITER_LIMITS, type WaiterLimits } from "./waiters.js";
