import { hhKOf } from "../protocol/h-k.js";
import { isSuite } from "../protocol/suite-names.js";
import type { CurveName, HhK, Hk, Role, Share } from "../protocol/names.js";
import { DuetError } from "../protocol/problem.js";
import type { Channel } from "./channel.js";
import { withoutRecipient } from "./lifetime.js";

/**
 * A late message of an ended round is told so.
 *
 * @param round what the caller believes to be the round; undefined if it does not say
 * @throws DuetError `round_over`
 */
export function checkRound(channel: Channel, round: number | undefined): void {
  if (round !== undefined && round !== channel.round) throw roundOver(channel);
}

export function roundOver(channel: Channel): DuetError {
  return new DuetError("round_over", { extensions: { round: channel.round } });
}

/**
 * Step 3: the sender posts its share and the suite. The same again changes nothing, so a retry is safe.
 *
 * @throws DuetError `not_yours`, `already_set`
 */
export function postX(channel: Channel, role: Role, x: Share, curve: CurveName): Channel {
  if (role !== "sender") throw new DuetError("not_yours");
  if (channel.x === undefined) return { ...channel, x, curve };
  if (channel.x !== x || channel.curve !== curve) throw new DuetError("already_set");
  return channel;
}

/**
 * Step 7: the recipient posts its share and H(H(k)).
 *
 * @throws DuetError `not_yours`, `out_of_order` before x, `already_set`, `bad_request` when hh_k has not the form
 *   that the named suite gives it
 */
export function postY(channel: Channel, role: Role, y: Share, hhK: HhK): Channel {
  if (role !== "recipient") throw new DuetError("not_yours");
  if (channel.curve === undefined) throw new DuetError("out_of_order");
  if (isSuite(channel.curve)) checkHashLength("hh_k", hhK);
  if (channel.y === undefined) return { ...channel, y, hhK };
  if (channel.y !== y || channel.hhK !== hhK) throw new DuetError("already_set");
  return channel;
}

/**
 * Step 9: the sender reveals H(k), once per round and only after the recipient's share is there.
 *
 * @throws DuetError `not_yours`, `out_of_order` before y, `already_set`, and for a suite of PROTOCOL.md section 3
 *   `h_k_mismatch` when hh_k is not its hash, `bad_request` when it is not 32 bytes
 */
export function revealHk(channel: Channel, role: Role, hK: Hk): Channel {
  if (role !== "sender") throw new DuetError("not_yours");
  if (channel.curve === undefined || channel.y === undefined) throw new DuetError("out_of_order");
  if (channel.hK !== undefined && channel.hK !== hK) throw new DuetError("already_set");
  if (isSuite(channel.curve)) {
    checkHashLength("h_k", hK);
    if (hhKOf(hK) !== channel.hhK) throw new DuetError("h_k_mismatch");
  }
  return channel.hK === undefined ? { ...channel, hK } : channel;
}

/** Step 7, the sender's side. @throws DuetError `not_yet` */
export function readY(channel: Channel): { readonly y: Share; readonly hhK: HhK } {
  if (channel.y === undefined || channel.hhK === undefined) throw new DuetError("not_yet");
  return { y: channel.y, hhK: channel.hhK };
}

/** Step 10. @throws DuetError `not_yet` */
export function readHk(channel: Channel): Hk {
  if (channel.hK === undefined) throw new DuetError("not_yet");
  return channel.hK;
}

/**
 * The next round: every field of the old one is dropped. The recipient keeps its seat only if h_k was set.
 *
 * @param now milliseconds since 1970: a kept recipient has `SEAT_WITHOUT_Y_MS` again
 */
export function nextRound(channel: Channel, now: number): Channel {
  const { x: _x, curve: _curve, y: _y, hhK: _hhK, hK, closed: _closed, ...kept } = channel;
  const fresh: Channel = {
    ...kept,
    round: channel.round + 1,
    senderReady: false,
    recipientReady: false,
    stapled: false,
  };
  if (hK === undefined || fresh.recipient === undefined) return withoutRecipient(fresh);
  return { ...fresh, recipient: { ...fresh.recipient, takenAt: now } };
}

/** 32 bytes are 43 characters of base64url. */
const HASH_CHARACTERS = 43;

function checkHashLength(field: "h_k" | "hh_k", value: string): void {
  if (value.length === HASH_CHARACTERS) return;
  const message = `${field} of this suite has ${HASH_CHARACTERS} characters`;
  throw new DuetError("bad_request", { message, extensions: { issues: [{ path: [field], message }] } });
}
