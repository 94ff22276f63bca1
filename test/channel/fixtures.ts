import { expect } from "vitest";
import { type AddressKey, addressKey } from "../../src/channel/address.js";
import type { Caller, Policy } from "../../src/channel/caller.js";
import type { Channel } from "../../src/channel/channel.js";
import { newChannel, openAsRecipient, type SeatRequest } from "../../src/channel/seats.js";
import { postX, postY, revealHk } from "../../src/channel/rounds.js";
import { hhKOf } from "../../src/protocol/h-k.js";
import type { ChannelName, CurveName, HhK, Hk, Share, Uuid } from "../../src/protocol/names.js";

/** A moment, so that no test reads the clock. */
export const NOW = 1_800_000_000_000;
export const MINUTE = 60_000;

export const NAME = "4821" as ChannelName;
export const SENDER = "AAAAAAAAAAAAAAAAAAAAAA" as Uuid;
export const RECIPIENT = "BBBBBBBBBBBBBBBBBBBBBB" as Uuid;
export const STRANGER = "CCCCCCCCCCCCCCCCCCCCCC" as Uuid;

export const X = "x-share" as Share;
export const Y = "y-share" as Share;
export const OPAQUE = "p557" as CurveName;
export const SUITE = "p521" as CurveName;
export const H_K = "A".repeat(43) as Hk;
export const OTHER_H_K = `${"A".repeat(42)}E` as Hk;
export const HH_K = hhKOf(H_K) as HhK;

export const STRICT: Policy = { identity: "any", addresses: "strict" };

function address(text: string): AddressKey {
  const key = addressKey(text);
  if (key === undefined) throw new Error(`${text} is no address`);
  return key;
}

export const HOME = address("192.0.2.1");
export const AWAY = address("192.0.2.2");
export const THIRD = address("192.0.2.3");

/** A caller by its uuid, in the Bearer form unless said otherwise. */
export function by(uuid: Uuid, from: AddressKey = HOME, form: Partial<Caller> = {}): Caller {
  return { address: from, uuid, bearer: true, addressSpeaks: true, ...form };
}

/** A caller that sends no uuid. */
export function from(where: AddressKey, form: Partial<Caller> = {}): Caller {
  return { address: where, bearer: false, addressSpeaks: true, ...form };
}

export function request(caller: Caller, changes: Partial<SeatRequest> = {}): SeatRequest {
  return { caller, uuid: caller.uuid ?? STRANGER, now: NOW, policy: STRICT, ...changes };
}

/** Step 1 done by a sender in the Bearer form. */
export const opened: Channel = newChannel(NAME, request(by(SENDER)));
/** Step 1 as the seed has it: no Bearer. */
export const openedPlainly: Channel = newChannel(NAME, request(by(SENDER, HOME, { bearer: false })));
/** Step 3 done. */
export const offered: Channel = postX(opened, "sender", X, SUITE);
/** Step 5 done, from another address. */
export const joined: Channel = openAsRecipient(offered, request(by(RECIPIENT, AWAY))).channel;
/** Step 7 done. */
export const answered: Channel = postY(joined, "recipient", Y, HH_K);
/** Step 9 done. */
export const revealed: Channel = revealHk(answered, "sender", H_K);

/** What `toThrowError` needs to compare a code. */
export function code(text: string): Error {
  return expect.objectContaining({ code: text }) as Error;
}
