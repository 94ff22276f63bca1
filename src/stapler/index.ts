/** The stapler: joins the two connections of a round (seed steps 14 to 17). */
export type { Admission, Hello, Release, RoundRef } from "./admission.js";
export type { Leg, LegReader } from "./leg.js";
export { type StaplerLimits, defaultLimits } from "./limits.js";
export { type InternalClient, createInternalClient } from "./relay-client.js";
export { RelayLink, type RelayLinkOptions } from "./relay-link.js";
export type { Advertisement, RelayState } from "./relay-session.js";
export { createStapler } from "./server.js";
export type { Stapler, StaplerCounts, StaplerImplementation, StaplerLogger, StaplerOptions } from "./stapler.js";
