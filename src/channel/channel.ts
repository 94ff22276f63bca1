import type { ChannelName, CloseReason, CurveName, HhK, Hk, Role, Share, Uuid } from "../protocol/names.js";
import type { AddressKey } from "./address.js";

/** One side of a channel, held by whoever knows its uuid. */
export interface Seat {
  readonly uuid: Uuid;
  /** Where the seat was taken from: the address form of identity compares with it. */
  readonly address: AddressKey;
  /** Milliseconds since 1970. A recipient's seat without `y` is free again `SEAT_WITHOUT_Y_MS` later. */
  readonly takenAt: number;
  /** This role has once used the Bearer form: from then on it is known by its uuid only. */
  readonly bearerOnly: boolean;
}

/** An address that counts toward the two of a channel, and for whom. */
export interface KnownAddress {
  readonly address: AddressKey;
  readonly role: Role;
}

/**
 * One meeting of one sender and one recipient: plain data, changed only by the functions of this folder, each of
 * which takes a state and gives the next. A store keeps it; nothing in it knows the clock, HTTP or the store.
 */
export interface Channel {
  readonly name: ChannelName;
  /** Counts from 1; see PROTOCOL.md, Rounds. */
  readonly round: number;
  readonly sender: Seat;
  readonly recipient?: Seat;
  /** Had the recipient's seat until it was freed: what it still sends is late, not wrong. */
  readonly formerRecipient?: Uuid;
  readonly addresses: readonly KnownAddress[];

  // The write-once fields of the round.
  readonly x?: Share;
  readonly curve?: CurveName;
  readonly y?: Share;
  readonly hhK?: HhK;
  readonly hK?: Hk;

  /** The side asked to open its connection (steps 11 and 13) or waits at the stapler. */
  readonly senderReady: boolean;
  readonly recipientReady: boolean;
  /** Both connections are spliced together now (steps 15 and 16). */
  readonly stapled: boolean;

  readonly closed?: Closed;
  /** Milliseconds since 1970: when the channel ends by itself. On close, the moment of closing. */
  readonly expiresAt: number;
}

export interface Closed {
  readonly by: Role;
  readonly reason: CloseReason;
  /** Milliseconds since 1970. */
  readonly at: number;
}
