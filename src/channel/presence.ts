import type { CloseReason, Hk, Role } from "../protocol/names.js";
import { DuetError } from "../protocol/problem.js";
import type { Channel } from "./channel.js";

/**
 * Steps 11 and 13: a side asks for its connection.
 *
 * @throws DuetError `out_of_order` before h_k
 */
export function openConnection(channel: Channel, role: Role): Channel {
  if (channel.hK === undefined) throw new DuetError("out_of_order");
  return withReady(channel, role, true);
}

/**
 * The stapler asks whether a hello line may wait for the other side (PROTOCOL.md, section 5). Who is calling is
 * already known here.
 *
 * @param sameHk compares in constant time
 * @throws DuetError `not_open` before h_k is posted, `wrong_h_k`
 */
export function admit(channel: Channel, role: Role, hK: Hk, sameHk: (a: Hk, b: Hk) => boolean): Channel {
  if (channel.hK === undefined) throw new DuetError("not_open");
  if (!sameHk(channel.hK, hK)) throw new DuetError("wrong_h_k");
  return withReady(channel, role, true);
}

/** Step 15: the stapler has joined both connections. */
export function stapled(channel: Channel): Channel {
  return channel.stapled ? channel : { ...channel, stapled: true };
}

/** The splice has ended, or the connection of one side that was still alone has. */
export function ended(channel: Channel, role: Role | undefined): Channel {
  if (role !== undefined) return withReady(channel, role, false);
  return channel.stapled ? { ...channel, stapled: false, senderReady: false, recipientReady: false } : channel;
}

/**
 * Step 18: either side ends the channel. The first reason stands.
 *
 * @param now milliseconds since 1970
 */
export function close(channel: Channel, by: Role, reason: CloseReason, now: number): Channel {
  // Nobody may read the shares any more, and they are most of what a channel weighs. `hK` decides who keeps a seat.
  const { x: _x, curve: _curve, y: _y, hhK: _hhK, ...kept } = channel;
  return { ...kept, closed: { by, reason, at: now }, expiresAt: now, stapled: false };
}

function withReady(channel: Channel, role: Role, ready: boolean): Channel {
  const field = role === "sender" ? "senderReady" : "recipientReady";
  return channel[field] === ready ? channel : { ...channel, [field]: ready };
}
