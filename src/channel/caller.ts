import type { Role, Uuid } from "../protocol/names.js";
import { DuetError } from "../protocol/problem.js";
import type { AddressKey } from "./address.js";
import type { Channel, Seat } from "./channel.js";
import { roundOver } from "./rounds.js";

/** Who is calling, as far as the transport can tell; the rules here decide what that is worth. */
export interface Caller {
  readonly address: AddressKey;
  readonly uuid?: Uuid;
  /** The uuid came as `Authorization: Bearer`. */
  readonly bearer: boolean;
  /**
   * Whether a request without a uuid may stand for its address. False when a page of another site sent it, or
   * when it came through a proxy that is not configured.
   */
  readonly addressSpeaks: boolean;
}

/** What the operator chose. */
export interface Policy {
  /** `uuid`: nobody is known by an address alone. */
  readonly identity: "any" | "uuid";
  /** `off`: any number of addresses may use a channel. */
  readonly addresses: "strict" | "off";
}

/** The seed: never more than two addresses in a channel. */
const ADDRESSES_PER_CHANNEL = 2;

/**
 * Finds the side that the caller holds, and counts its address.
 *
 * @param wanted the role that the step belongs to; undefined where either may call
 * @returns the caller's role, and the channel with its address counted (the same object if nothing is new)
 * @throws DuetError `channel_full` for a third address, whatever it brings; `not_yours`; `round_over` for a recipient whose
 *   seat was freed
 */
export function identify(
  channel: Channel,
  caller: Caller,
  wanted: Role | undefined,
  policy: Policy,
): { readonly channel: Channel; readonly role: Role } {
  checkRoom(channel, caller.address, policy);
  const role = heldRole(channel, caller, wanted, policy);
  if (role === undefined) throw isLate(channel, caller, wanted) ? roundOver(channel) : new DuetError("not_yours");
  const known = withAddress(channel, caller.address, role);
  return { channel: caller.bearer ? withBearer(known, role) : known, role };
}

/** @throws DuetError `channel_full` when two other addresses are in */
export function checkRoom(channel: Channel, address: AddressKey, policy: Policy): void {
  if (policy.addresses === "off" || isKnown(channel, address)) return;
  if (new Set(channel.addresses.map((known) => known.address)).size >= ADDRESSES_PER_CHANNEL) {
    throw new DuetError("channel_full");
  }
}

export function isKnown(channel: Channel, address: AddressKey): boolean {
  return channel.addresses.some((known) => known.address === address);
}

/**
 * The channel with this address counted for this role. Of each role the two latest are kept: more can only come
 * with the two-address rule off.
 */
export function withAddress(channel: Channel, address: AddressKey, role: Role): Channel {
  if (channel.addresses.some((known) => known.address === address && known.role === role)) return channel;
  const others = channel.addresses.filter((known) => known.role !== role);
  const own = channel.addresses.filter((known) => known.role === role).slice(-1);
  return { ...channel, addresses: [...others, ...own, { address, role }] };
}

/** The channel in which this role has used the Bearer form. */
export function withBearer(channel: Channel, role: Role): Channel {
  const seat = channel[role];
  return seat === undefined || seat.bearerOnly ? channel : { ...channel, [role]: { ...seat, bearerOnly: true } };
}

function isLate(channel: Channel, caller: Caller, wanted: Role | undefined): boolean {
  return wanted !== "sender" && caller.uuid !== undefined && caller.uuid === channel.formerRecipient;
}

function heldRole(channel: Channel, caller: Caller, wanted: Role | undefined, policy: Policy): Role | undefined {
  const candidates: readonly Role[] = wanted === undefined ? ["sender", "recipient"] : [wanted];
  return candidates.find((role) => holds(channel[role], caller, policy));
}

function holds(seat: Seat | undefined, caller: Caller, policy: Policy): boolean {
  if (seat === undefined) return false;
  if (caller.uuid !== undefined) return caller.uuid === seat.uuid;
  return policy.identity === "any" && caller.addressSpeaks && !seat.bearerOnly && caller.address === seat.address;
}
