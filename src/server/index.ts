/** A relay and a stapler in one process: the embedded default, and the relay for other people's tests. */
export { type DuetServer, type ServerOptions, startServer } from "./start-server.js";
export { createTestRelay } from "./test-relay.js";
