import { concat, utf8 } from "./bytes.js";
import type { Element, Group } from "./group.js";
import { hash } from "./hashes.js";
import { lv } from "./lv.js";

/**
 * CPace, draft-irtf-cfrg-cpace-21, initiator-responder mode. Pure functions of bytes with the draft's names, so that
 * its vectors can be run against them one by one.
 */

/** The draft's `generator_string`: zeros fill the first block of the hash after the words. */
export function generatorString(group: Group, prs: Uint8Array, ci: Uint8Array, sid: Uint8Array): Uint8Array {
  const dsi = utf8(group.dsi);
  const padding = Math.max(0, group.blockBytes - 1 - lv(prs).length - lv(dsi).length);
  return lv(dsi, prs, new Uint8Array(padding), ci, sid);
}

/** The draft's `calculate_generator`. @returns undefined if it were the identity, which nobody will ever see */
export function calculateGenerator(
  group: Group,
  prs: Uint8Array,
  ci: Uint8Array,
  sid: Uint8Array,
): Element | undefined {
  return group.generator(generatorString(group, prs, ci, sid));
}

/**
 * The draft's `scalar_mult_vfy`: K from one's scalar and the other's share.
 *
 * @returns undefined where the draft aborts: not a canonical point, or K would be the identity
 */
export function scalarMultVfy(group: Group, scalar: bigint, share: Uint8Array): Uint8Array | undefined {
  return group.fromShare(share)?.multiply(scalar)?.toSecret();
}

/** What both sides hash into ISK beside the words. */
export interface CpaceTranscript {
  readonly sid: Uint8Array;
  readonly ya: Uint8Array;
  readonly ada: Uint8Array;
  readonly yb: Uint8Array;
  readonly adb: Uint8Array;
}

/** `ISK_IR = H(lv(DSI‖"_ISK", sid, K) ‖ transcript_ir(Ya, ADa, Yb, ADb))`. */
export function intermediateSessionKey(group: Group, transcript: CpaceTranscript, k: Uint8Array): Uint8Array {
  const { sid, ya, ada, yb, adb } = transcript;
  return hash(group.hash, concat(lv(utf8(`${group.dsi}_ISK`), sid, k), lv(ya, ada), lv(yb, adb)));
}
