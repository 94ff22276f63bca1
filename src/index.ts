/**
 * duet as a library: the typed client of a relay, the exchange as sender and as recipient, and files or streams over
 * the encrypted pipe. `duet-relay/protocol` is the part that runs anywhere; `duet-relay/server` runs relays, also in
 * your tests.
 *
 * @example
 * const { channel, secret } = parseCode("4821-cactus-lemon-violin");
 * const relay = connectRelay({ url: "https://relay.example" });
 * const signal = AbortSignal.timeout(600_000);
 * const exchange = new RecipientExchange({ relay, channel, secret, signal, waitForPeerMs: 600_000 });
 * await receiveFiles({ exchange, out: "downloads", signal, consent: async () => ({ accept: true }) });
 * relay.close();
 */
export * from "./client/index.js";
export {
  type Code,
  type CodeSecret,
  completeWord,
  DEFAULT_SUITE,
  formatCode,
  generateSecret,
  parseCode,
  type Session,
  SUITE_NAMES,
  type SuiteName,
} from "./protocol/index.js";
export type { ChannelName, CloseReason, Role, Uuid } from "./protocol/names.js";
export { DuetError, exitCode, isProblem, type ProblemCode, PROBLEMS } from "./protocol/problem.js";
export { Secret } from "./protocol/secret.js";
export type { PublicRouter } from "./relay/router.js";
export * from "./transfer/index.js";
