import { DuetError } from "../protocol/problem.js";
import type { Channel } from "./channel.js";

/** A channel that nobody uses ends after this: long enough to read a code out over the telephone. */
export const CHANNEL_IDLE_MS = 15 * 60_000;
/** A recipient that joined and does not answer makes room again: more than any key agreement takes. */
export const SEAT_WITHOUT_Y_MS = 60_000;
/** How long a closed channel says why it was closed. */
export const CLOSED_TOLD_MS = 10 * 60_000;
/** An ended name is not given to others for this long, so that a late recipient cannot meet a stranger. */
export const NAME_COOL_DOWN_MS = 15 * 60_000;
/** Use moves the end of a channel in steps of this, so that not every read is a write. */
const EXPIRY_STEP_MS = 60_000;

/** `open`: in use. `closed`: answers 410 with the reason. `cooling`: unknown to all but those who had a seat. */
export type Phase = "open" | "closed" | "cooling";

/** @param now milliseconds since 1970 */
export function phase(channel: Channel, now: number): Phase {
  if (channel.closed !== undefined) return now < channel.closed.at + CLOSED_TOLD_MS ? "closed" : "cooling";
  return now < channel.expiresAt ? "open" : "cooling";
}

/** @returns when a store forgets the channel and its name is free again, in milliseconds since 1970 */
export function forgetAt(channel: Channel): number {
  return channel.expiresAt + NAME_COOL_DOWN_MS;
}

/**
 * The channel as it is at `now`: what ended by time is gone.
 *
 * @throws DuetError `unknown_channel`, `closed` (with `closed_by` and `reason`)
 */
export function current(channel: Channel | undefined, now: number): Channel {
  if (channel === undefined) throw new DuetError("unknown_channel");
  const { closed } = channel;
  switch (phase(channel, now)) {
    case "open":
      return withoutSilentRecipient(channel, now);
    case "closed":
      throw new DuetError("closed", { extensions: { closed_by: closed?.by, reason: closed?.reason } });
    case "cooling":
      throw new DuetError("unknown_channel");
  }
}

/** A use of the channel at `now` keeps it for `CHANNEL_IDLE_MS` more. */
export function touched(channel: Channel, now: number): Channel {
  const expiresAt = now + CHANNEL_IDLE_MS;
  return expiresAt - channel.expiresAt < EXPIRY_STEP_MS ? channel : { ...channel, expiresAt };
}

function withoutSilentRecipient(channel: Channel, now: number): Channel {
  const { recipient } = channel;
  if (recipient === undefined || channel.y !== undefined || now < recipient.takenAt + SEAT_WITHOUT_Y_MS) return channel;
  return withoutRecipient(channel);
}

/** Frees the recipient's seat and forgets the addresses that only it brought. */
export function withoutRecipient(channel: Channel): Channel {
  const { recipient: freed, ...rest } = channel;
  return {
    ...rest,
    ...(freed === undefined ? {} : { formerRecipient: freed.uuid }),
    recipientReady: false,
    addresses: channel.addresses.filter(({ role }) => role !== "recipient"),
  };
}
