/** The stapler: joins the two connections of a round (seed steps 14 to 17). */
export { callsTo } from "./relay-calls.js";
export { callsOver } from "./relay-client.js";
export { defaultLimits } from "./limits.js";
export { RelayLink } from "./relay-link.js";
export { createStapler } from "./server.js";
export type { Stapler, StaplerLogger } from "./stapler.js";
