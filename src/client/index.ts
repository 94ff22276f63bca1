/**
 * A relay as a typed client, and the exchange as a sender and as a recipient (seed steps 1 to 15). What comes through the
 * pipe that a meeting opens is not known here.
 */
export type { Joined, Opened } from "./answers.js";
export { cleanText } from "./clean-text.js";
export { type Clock, systemClock } from "./clock.js";
export type { Exchange, ExchangeEvent, ExchangeOptions, Meeting } from "./exchange.js";
export { GUESSES_MAX, GuessCount } from "./guess-count.js";
export type { RemoteAddress } from "./http-agent.js";
export { fastAead } from "./fast-aead.js";
export { nodeAead } from "./node-aead.js";
export { type NodeRelayConnection, type RelayOptions, connectRelay, parseRelayUrl } from "./node-relay.js";
export type { PeerPath, PeerStream, StaplerAddress, StaplerDial } from "./peer-stream.js";
export { RecipientExchange, type RecipientExchangeOptions } from "./recipient.js";
export {
  type Fetch,
  type HttpAnswer,
  type HttpCall,
  type RelayClient,
  type RelayClientOptions,
  createRelayClient,
} from "./relay-client.js";
export type { RelayConnection } from "./relay-connection.js";
export { toDuetError } from "./relay-errors.js";
export { RETRY_CAP_MS, isLoss, retrying } from "./retry.js";
export { type SeatKeeper, type SeatKey, newUuid } from "./seat-keeper.js";
export { isRunning, SEAT_KEPT_MS, SeatStore } from "./seat-store.js";
export { SenderExchange } from "./sender.js";
export { type LinkedSignal, linkedSignal } from "./signals.js";
export { isLostConnection } from "./stapler-dial.js";
export { noRoundLeft, VERIFIED_ROUNDS_MAX } from "./verified-rounds.js";
export { getReady } from "./warm-up.js";
