import type { ChannelName, Uuid } from "../protocol/names.js";
import { DuetError } from "../protocol/problem.js";
import { type Caller, type Policy, checkRoom, isKnown, withAddress, withBearer } from "./caller.js";
import type { Channel, Seat } from "./channel.js";
import { CHANNEL_IDLE_MS, current, phase } from "./lifetime.js";
import { nextRound } from "./rounds.js";

/** What taking a seat needs to know beside the channel. */
export interface SeatRequest {
  readonly caller: Caller;
  /** The caller's, or one that the relay made for it. */
  readonly uuid: Uuid;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly policy: Policy;
}

/** Step 1: a channel that did not exist, with its sender. */
export function newChannel(name: ChannelName, request: SeatRequest): Channel {
  const channel: Channel = {
    name,
    round: 1,
    sender: seatFor(request),
    addresses: [],
    senderReady: false,
    recipientReady: false,
    stapled: false,
    expiresAt: request.now + CHANNEL_IDLE_MS,
  };
  return withAddress(channel, request.caller.address, "sender");
}

/**
 * Step 1 again: the sender's uuid opens what is its own. When `x` is set, or the channel had ended, this starts
 * the next round; two calls with no `x` between them are one round.
 *
 * @throws DuetError `channel_full`, `closed`, `channel_in_use` (cooling names too) for anyone else
 */
export function reopenAsSender(stored: Channel, request: SeatRequest): Channel {
  const { caller, uuid, now, policy } = request;
  const state = phase(stored, now);
  if (uuid !== stored.sender.uuid) {
    if (state === "cooling")
      throw new DuetError("channel_in_use", { hint: "This name was used a short while ago. Choose another." });
    checkRoom(current(stored, now), caller.address, policy);
    throw new DuetError("channel_in_use");
  }
  const channel = state === "open" ? current(stored, now) : reopened(stored, now);
  checkRoom(channel, caller.address, policy);
  const round = channel.x === undefined ? channel : nextRound(channel, now);
  return claimed(round, "sender", caller);
}

/**
 * Step 5: the recipient takes its seat, or has it already; its uuid with `y` set starts the next round.
 *
 * @returns the channel as it must be stored even when the recipient has to wait, and whether it has joined: without
 *   `x` there is nothing to join yet, and nothing is taken
 * @throws DuetError `unknown_channel`, `closed`, `channel_full`, `seat_taken`, `not_yours` for the sender's own uuid
 */
export function openAsRecipient(
  stored: Channel | undefined,
  request: SeatRequest,
): { readonly channel: Channel; readonly joined: boolean } {
  const { caller, uuid, now, policy } = request;
  const own = stored?.recipient?.uuid === uuid;
  const channel =
    own && stored !== undefined && phase(stored, now) !== "open" ? reopened(stored, now) : current(stored, now);
  checkRoom(channel, caller.address, policy);
  const seated = channel.recipient?.uuid === uuid;
  if (channel.recipient !== undefined && !seated) throw new DuetError("seat_taken");
  // Otherwise one uuid would speak for both sides.
  if (uuid === channel.sender.uuid)
    throw new DuetError("not_yours", { hint: "This uuid is the sender's. Make another." });
  const round = seated && channel.y !== undefined ? nextRound(channel, now) : channel;
  if (round.x === undefined) return { channel: round, joined: false };
  const holder = round.recipient === undefined ? { ...round, recipient: seatFor(request) } : round;
  return { channel: claimed(holder, "recipient", caller), joined: true };
}

/**
 * Step 5 as the seed writes it: the first `GET /channel/{channel}` without a uuid takes the recipient's seat, from
 * any address, once `x` is there. A later one, from an address that is already in, only reads.
 *
 * @returns the channel, and whether this request took the seat
 * @throws DuetError `not_yet`, `seat_taken`, `channel_full`, `not_yours` for a page of another site
 */
export function joinByReading(
  channel: Channel,
  request: SeatRequest,
): { readonly channel: Channel; readonly took: boolean } {
  const { caller, policy } = request;
  checkRoom(channel, caller.address, policy);
  if (!caller.addressSpeaks) throw new DuetError("not_yours");
  if (channel.recipient !== undefined) {
    if (policy.identity === "uuid") throw new DuetError("not_yours");
    if (!isKnown(channel, caller.address)) throw new DuetError("seat_taken");
  }
  if (channel.x === undefined) throw new DuetError("not_yet");
  if (channel.recipient !== undefined) return { channel, took: false };
  const seated = { ...channel, recipient: seatFor(request) };
  return { channel: withAddress(seated, caller.address, "recipient"), took: true };
}

function seatFor({ caller, uuid, now }: SeatRequest): Seat {
  return { uuid, address: caller.address, takenAt: now, bearerOnly: caller.bearer };
}

function claimed(channel: Channel, role: "sender" | "recipient", caller: Caller): Channel {
  const known = withAddress(channel, caller.address, role);
  return caller.bearer ? withBearer(known, role) : known;
}

/** A closed or expired channel, taken up again by one who had a seat in it. */
function reopened(channel: Channel, now: number): Channel {
  return { ...nextRound(channel, now), expiresAt: now + CHANNEL_IDLE_MS };
}
