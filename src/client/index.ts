/**
 * A relay as a typed client, and the exchange as a sender and as a recipient (seed steps 1 to 15). What comes through the
 * pipe that a meeting opens is not known here.
 */
export * from "./portable.js";
// What needs Node.
export { fastAead } from "./fast-aead.js";
export type { RemoteAddress } from "./http-agent.js";
export { nodeAead } from "./node-aead.js";
export { type NodeRelayConnection, type RelayOptions, connectRelay, parseRelayUrl } from "./node-relay.js";
export { isRunning, SEAT_KEPT_MS, SeatStore } from "./seat-store.js";
export { isLostConnection } from "./stapler-dial.js";
