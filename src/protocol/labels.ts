import { utf8 } from "./bytes.js";

/** The label P that separates every hash of this protocol from every other use (PROTOCOL.md, notation). */
export const PROTOCOL_LABEL = "duet/1";

/** P as bytes. Shared: never written to. */
export const P = utf8(PROTOCOL_LABEL);
