import { utf8 } from "./bytes.js";
import { hash, hkdfExpand, hkdfExtract } from "./hashes.js";
import { P, PROTOCOL_LABEL } from "./labels.js";
import { lv } from "./lv.js";
import type { ChannelName } from "./names.js";
import type { SuiteName } from "./suite-names.js";

/** From the secrets of one run to everything that is derived of it (PROTOCOL.md section 3). */

const EXTRACT_SALT = utf8(`${PROTOCOL_LABEL} extract`);
const NOTHING = new Uint8Array(0);
const KEY_BYTES = 32;

/** `CI`: whose exchange this is, so that a share of another channel or suite gives another generator. */
export function channelIdentifier(curve: SuiteName, channel: ChannelName): Uint8Array {
  return lv(P, utf8(curve), utf8(channel), utf8("sender"), utf8("recipient"));
}

/** `SHA-256(lv(P, "sas-commit", nS))`: the sender cannot choose nS after it has seen the recipient's share. */
export function sasCommitment(nS: Uint8Array): Uint8Array {
  return hash("sha256", lv(P, utf8("sas-commit"), nS));
}

/** `TH`: everything that crossed the relay. @param x and y, decoded */
export function transcriptHash(curve: SuiteName, channel: ChannelName, x: Uint8Array, y: Uint8Array): Uint8Array {
  return hash("sha512", lv(P, utf8(curve), utf8(channel), x, y));
}

/** @param ss ML-KEM's shared secret, empty without ML-KEM */
export function extractPrk(ss: Uint8Array, isk: Uint8Array): Uint8Array {
  const ikm = lv(ss, isk);
  const prk = hkdfExtract("sha512", EXTRACT_SALT, ikm);
  ikm.fill(0);
  return prk;
}

/** The seed's k. */
export function sessionKey(prk: Uint8Array, th: Uint8Array): Uint8Array {
  return hkdfExpand("sha512", prk, lv(P, utf8("k"), th), KEY_BYTES);
}

/** `D(label)`: the keys that hang on k. */
export function derived(k: Uint8Array, label: "h_k" | "s2r" | "r2s"): Uint8Array {
  return hkdfExpand("sha256", k, lv(P, utf8(label), NOTHING), KEY_BYTES);
}

/** The digits that two people compare, "0123 4567". */
export function shortAuthenticationString(k: Uint8Array, nS: Uint8Array): string {
  const [a = 0, b = 0, c = 0] = hkdfExpand("sha256", k, lv(P, utf8("sas"), nS), 3);
  const digits = String((a << 16) | (b << 8) | c).padStart(8, "0");
  return `${digits.slice(0, 4)} ${digits.slice(4)}`;
}
