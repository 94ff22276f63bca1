import { fromBase64Url, toBase64Url } from "./base64url.js";
import { CAPABILITIES_MAX_BYTES } from "./capabilities.js";
import { lv, readLv } from "./lv.js";
import { isShare, type Share } from "./names.js";
import type { Suite } from "./suites.js";

/** The bytes of x and y (PROTOCOL.md section 3): put together here, and taken apart by rule 1. */

export const SID_BYTES = 16;
export const SAS_NONCE_BYTES = 32;
const COMMITMENT_BYTES = 32;

/** A share in the three forms that are needed: as text for the relay, as bytes for TH, in parts for CPace. */
export interface X {
  readonly text: Share;
  readonly bytes: Uint8Array;
  readonly sid: Uint8Array;
  readonly ya: Uint8Array;
  readonly ada: Uint8Array;
  /** Empty without ML-KEM. */
  readonly ek: Uint8Array;
  readonly commitment: Uint8Array;
  /** Unread until the tag matched. */
  readonly capabilities: Uint8Array;
}

export interface Y {
  readonly text: Share;
  readonly bytes: Uint8Array;
  readonly yb: Uint8Array;
  readonly adb: Uint8Array;
  /** Empty without ML-KEM. */
  readonly ct: Uint8Array;
  /** Unread until the tag matched. */
  readonly capabilities: Uint8Array;
}

export function encodeX(parts: Pick<X, "sid" | "ya" | "ek" | "commitment" | "capabilities">): X {
  const ada = lv(parts.ek, parts.commitment, parts.capabilities);
  const bytes = lv(parts.sid, parts.ya, ada);
  return { ...parts, ada, bytes, text: toShare(bytes) };
}

export function encodeY(parts: Pick<Y, "yb" | "ct" | "capabilities">): Y {
  const adb = lv(parts.ct, parts.capabilities);
  const bytes = lv(parts.yb, adb);
  return { ...parts, adb, bytes, text: toShare(bytes) };
}

/** @returns undefined when rule 1 refuses it; whether `ya` is a point and `ek` a key is for others to say */
export function decodeX(suite: Suite, text: string): X | undefined {
  if (!isShare(text)) return undefined;
  const bytes = fromBase64Url(text);
  const [sid, ya, ada] = (bytes && readLv(bytes, 3)) ?? [];
  const [ek, commitment, capabilities] = (ada && readLv(ada, 3)) ?? [];
  if (!bytes || !sid || !ya || !ada || !ek || !commitment || !capabilities) return undefined;
  const fits =
    sid.length === SID_BYTES &&
    ya.length === suite.group.shareBytes &&
    ek.length === (suite.kem?.publicKeyBytes ?? 0) &&
    commitment.length === COMMITMENT_BYTES &&
    capabilities.length <= CAPABILITIES_MAX_BYTES;
  return fits ? { text, bytes, sid, ya, ada, ek, commitment, capabilities } : undefined;
}

/** @returns undefined when rule 1 refuses it */
export function decodeY(suite: Suite, text: string): Y | undefined {
  if (!isShare(text)) return undefined;
  const bytes = fromBase64Url(text);
  const [yb, adb] = (bytes && readLv(bytes, 2)) ?? [];
  const [ct, capabilities] = (adb && readLv(adb, 2)) ?? [];
  if (!bytes || !yb || !adb || !ct || !capabilities) return undefined;
  const fits =
    yb.length === suite.group.shareBytes &&
    ct.length === (suite.kem?.ciphertextBytes ?? 0) &&
    capabilities.length <= CAPABILITIES_MAX_BYTES;
  return fits ? { text, bytes, yb, adb, ct, capabilities } : undefined;
}

/** At most 2,400 bytes come in here, so the text is within the 4,096 characters that a relay takes. */
function toShare(bytes: Uint8Array): Share {
  // base64url is printable ASCII, which is what the brand stands for.
  return toBase64Url(bytes) as Share;
}
