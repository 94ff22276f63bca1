/**
 * The names that cross the wire, as branded strings, so that h_k and hh_k cannot change places.
 * A brand is given in one place only: by the function here that checks the text.
 */

/** Which of the two seats of a channel a party holds. */
export type Role = "sender" | "recipient";

/** The name of one meeting place at a relay. Not secret. */
export type ChannelName = string & { readonly __brand: "channel" };
/** The random capability that proves one role in one channel. Secret: never log it, never put it in a URL. */
export type Uuid = string & { readonly __brand: "uuid" };
/** What `curve` names. Opaque to the relay; peers know the names of `SUITES`. */
export type CurveName = string & { readonly __brand: "curve" };
/** `x` or `y`: printable ASCII that the relay never decodes. */
export type Share = string & { readonly __brand: "share" };
/** The seed's H(k), base64url without padding. */
export type Hk = string & { readonly __brand: "h_k" };
/** The seed's H(H(k)), base64url without padding. */
export type HhK = string & { readonly __brand: "hh_k" };

export const ROLES = ["sender", "recipient"] as const satisfies readonly Role[];

/** Why a channel was closed (PROTOCOL.md, section 2, Close). */
export const CLOSE_REASONS = ["done", "wrong-code", "interfered", "declined", "cancelled", "failed"] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

export const CHANNEL_PATTERN = /^[0-9a-z][0-9a-z-]{0,63}$/;
export const UUID_PATTERN = /^[A-Za-z0-9_-]{22,64}$/;
export const CURVE_PATTERN = /^[a-z0-9][a-z0-9+._-]{0,63}$/;
export const SHARE_PATTERN = /^[\x21-\x7e]{1,4096}$/;
export const HASH_PATTERN = /^[A-Za-z0-9_-]{1,128}$/;

export function otherRole(role: Role): Role {
  return role === "sender" ? "recipient" : "sender";
}

export const isChannelName = (text: string): text is ChannelName => CHANNEL_PATTERN.test(text);
export const isUuid = (text: string): text is Uuid => UUID_PATTERN.test(text);
export const isCurveName = (text: string): text is CurveName => CURVE_PATTERN.test(text);
export const isShare = (text: string): text is Share => SHARE_PATTERN.test(text);
export const isHk = (text: string): text is Hk => HASH_PATTERN.test(text);
export const isHhK = (text: string): text is HhK => HASH_PATTERN.test(text);
