/** Relay and stapler as processes: both in one, a stapler apart, and a relay for other people's tests. */
export { type DuetServer, type ServerOptions, startServer } from "./start-server.js";
export { type StandaloneStapler, type StandaloneStaplerOptions, startStapler } from "./start-stapler.js";
export { createTestRelay } from "./test-relay.js";
export { createLogger, type LogOptions, type RelayLogger } from "../relay/index.js";
