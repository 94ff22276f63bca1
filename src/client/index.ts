/**
 * A relay as a typed client, and the exchange as a sender and as a recipient (seed steps 1 to 15). What comes through the
 * pipe that a meeting opens is not known here.
 */
export * from "./portable.js";
// What needs Node.
export { fastAead } from "./node/fast-aead.js";
export type { RemoteAddress } from "./node/http-agent.js";
export { nodeAead } from "./node/node-aead.js";
export { type NodeRelayConnection, type RelayOptions, connectRelay, parseRelayUrl } from "./node/node-relay.js";
export { isRunning, SEAT_KEPT_MS, SeatStore } from "./node/seat-store.js";
export { isLostConnection } from "./node/stapler-dial.js";
