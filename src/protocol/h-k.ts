import { fromBase64Url, toBase64Url } from "./base64url.js";
import { utf8 } from "./bytes.js";
import { hash } from "./hashes.js";
import { P } from "./labels.js";
import { lv } from "./lv.js";
import type { HhK, Hk } from "./names.js";

/** h_k and hh_k are 32 bytes, which is 43 characters on the wire. */
const HASH_BYTES = 32;
const HH_K = utf8("hh_k");

/** @returns `hh_k = SHA-256(lv(P, "hh_k", h_k))` as it goes on the wire; undefined when `hK` is not 32 bytes in strict base64url */
export function hhKOf(hK: Hk): HhK | undefined {
  const bytes = decodeHash(hK);
  if (bytes === undefined) return undefined;
  // The text was just made by our own encoder, which is what the brand stands for.
  return toBase64Url(hashOfHk(bytes)) as HhK;
}

/** The seed's H(H(k)) of the decoded H(k). */
export function hashOfHk(hK: Uint8Array): Uint8Array {
  return hash("sha256", lv(P, HH_K, hK));
}

/** @returns the 32 bytes of an h_k or hh_k of the suites here; undefined for any other text */
export function decodeHash(text: string): Uint8Array | undefined {
  const bytes = fromBase64Url(text);
  return bytes?.length === HASH_BYTES ? bytes : undefined;
}
