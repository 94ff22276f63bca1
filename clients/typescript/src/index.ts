/**
 * The REST client of duet relays. `duet-relay-rest/stapler` has the stapler's connection, which needs Node.
 *
 * @example
 * const relay = new Relay({ url: "http://127.0.0.1:8153" });
 * const sender = await takeSeat(relay);
 * await sender.post("/channel/{channel}", { body: { x: "my-share", curve: "p557" } });
 */
export type { components, operations, paths } from "./generated/schema.js";
export { DuetProblem, type OwnCode, type Problem } from "./problem.js";
export { Relay, type RelayOptions } from "./relay.js";
export type { Answer, Call, CallOptions, Method, Route } from "./routes.js";
export { type ChannelRoute, newUuid, Seat, type SeatCall, takeSeat, type TakeSeatOptions } from "./seat.js";
