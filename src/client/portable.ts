/**
 * `duet-relay/client`: the part of the client that runs wherever there is a `fetch`, browsers included. The typed calls
 * of a relay, and the exchange as sender and as recipient for who brings a `RelayConnection` of their own: no browser
 * opens a TCP connection, so none reaches a stapler by itself.
 *
 * @example
 * const relay = createRelayClient({ url: "https://relay.example", fetch: (url, call) => fetch(url, call), uuid: newUuid() });
 * const { channel } = await relay.openChannel.mutate({ role: "sender" });
 */
export type { Joined, Opened } from "./answers.js";
export { cleanText } from "./clean-text.js";
export { type Clock, systemClock } from "./clock.js";
export type { Exchange, ExchangeEvent, ExchangeOptions, Meeting } from "./exchange.js";
export { GUESSES_MAX, GuessCount } from "./guess-count.js";
export type { PeerPath, PeerStream, StaplerAddress, StaplerDial } from "./peer-stream.js";
export { RecipientExchange, type RecipientExchangeOptions } from "./recipient.js";
export {
  type EventSourceMaker,
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
export { SenderExchange } from "./sender.js";
export { type LinkedSignal, linkedSignal } from "./signals.js";
export { noRoundLeft, VERIFIED_ROUNDS_MAX } from "./verified-rounds.js";
export { getReady } from "./warm-up.js";
