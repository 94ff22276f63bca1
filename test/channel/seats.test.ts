import { describe, expect, test } from "vitest";
import type { Channel } from "../../src/channel/channel.js";
import { CHANNEL_IDLE_MS, CLOSED_TOLD_MS, NAME_COOL_DOWN_MS } from "../../src/channel/lifetime.js";
import { close } from "../../src/channel/presence.js";
import { joinByReading, openAsRecipient, reopenAsSender } from "../../src/channel/seats.js";
import {
  answered,
  AWAY,
  by,
  code,
  from,
  HOME,
  joined,
  NOW,
  offered,
  opened,
  RECIPIENT,
  request,
  revealed,
  SENDER,
  STRANGER,
  STRICT,
  THIRD,
} from "./fixtures.js";

const closed = close(revealed, "recipient", "done", NOW);
const CLOSED_AND_COOLING = NOW + CLOSED_TOLD_MS;
const EXPIRED = NOW + CHANNEL_IDLE_MS;

describe("the sender's seat", () => {
  test("opening a new channel again with the same uuid is the same answer", () => {
    expect(reopenAsSender(opened, request(by(SENDER)))).toBe(opened);
  });

  test("with x set it is the next round, and only one", () => {
    const second = reopenAsSender(offered, request(by(SENDER)));
    expect(second.round).toBe(2);
    expect(second.x).toBeUndefined();
    expect(reopenAsSender(second, request(by(SENDER)))).toBe(second);
  });

  test.each<[string, Channel, number, string]>([
    ["while in use", opened, NOW, "channel_in_use"],
    ["while it tells that it was closed", closed, NOW + 1, "closed"],
    ["while the name cools down after a close", closed, CLOSED_AND_COOLING, "channel_in_use"],
    ["while the name cools down after expiry", opened, EXPIRED, "channel_in_use"],
  ])("another uuid is refused %s", (_when, channel, now, expected) => {
    expect(() => reopenAsSender(channel, request(by(STRANGER), { now }))).toThrowError(code(expected));
  });

  test("a third address hears that the channel is full, with either uuid", () => {
    expect(() => reopenAsSender(joined, request(by(STRANGER, THIRD)))).toThrowError(code("channel_full"));
    expect(() => reopenAsSender(joined, request(by(SENDER, THIRD)))).toThrowError(code("channel_full"));
  });

  test.each<[string, Channel, number]>([
    ["closed", closed, NOW + 1],
    ["closed and forgotten by others", closed, CLOSED_AND_COOLING],
    ["expired", revealed, EXPIRED],
  ])("its own uuid takes a channel up again that is %s", (_what, channel, now) => {
    const again = reopenAsSender(channel, request(by(SENDER), { now }));
    expect(again).toMatchObject({ round: 2, expiresAt: now + CHANNEL_IDLE_MS });
    expect(again.closed).toBeUndefined();
    expect(again.recipient?.uuid).toBe(RECIPIENT);
  });
});

describe("the recipient's seat", () => {
  test("is taken by POST /open once x is there", () => {
    expect(joined.recipient).toMatchObject({ uuid: RECIPIENT, address: AWAY });
  });

  test("nothing is taken before x is there", () => {
    const { channel, joined: yes } = openAsRecipient(opened, request(by(RECIPIENT, AWAY)));
    expect(yes).toBe(false);
    expect(channel).toBe(opened);
  });

  test("the same uuid again is the same seat", () => {
    expect(openAsRecipient(joined, request(by(RECIPIENT, AWAY))).channel).toBe(joined);
  });

  test("another uuid finds it taken", () => {
    expect(() => openAsRecipient(joined, request(by(STRANGER, HOME)))).toThrowError(code("seat_taken"));
  });

  test("may be taken from the sender's own address", () => {
    expect(openAsRecipient(offered, request(by(RECIPIENT, HOME))).channel.recipient?.address).toBe(HOME);
  });

  test("its uuid with y set ends the round; without h_k there is no seat until the next x", () => {
    const again = openAsRecipient(answered, request(by(RECIPIENT, AWAY)));
    expect(again.joined).toBe(false);
    expect(again.channel).toMatchObject({ round: 2 });
    expect(again.channel.recipient).toBeUndefined();
  });

  test("its uuid with y and h_k set ends the round and keeps the seat", () => {
    const again = openAsRecipient(revealed, request(by(RECIPIENT, AWAY)));
    expect(again.channel.recipient?.uuid).toBe(RECIPIENT);
    expect(again.channel.round).toBe(2);
    expect(openAsRecipient(again.channel, request(by(RECIPIENT, AWAY))).channel.round).toBe(2);
  });

  test.each<[string, Channel | undefined, number, string]>([
    ["an unknown channel", undefined, NOW, "unknown_channel"],
    ["a closed one", closed, NOW + 1, "closed"],
    ["an expired one", offered, EXPIRED, "unknown_channel"],
  ])("a stranger finds %s as it is", (_what, channel, now, expected) => {
    expect(() => openAsRecipient(channel, request(by(STRANGER, AWAY), { now }))).toThrowError(code(expected));
  });

  test("its uuid takes a closed channel up again and waits there for x", () => {
    const again = openAsRecipient(closed, request(by(RECIPIENT, AWAY), { now: NOW + 1 }));
    expect(again.joined).toBe(false);
    expect(again.channel.closed).toBeUndefined();
    expect(again.channel.sender.uuid).toBe(SENDER);
  });

  test("is not given to the sender's own uuid, which would then speak for both", () => {
    expect(() => openAsRecipient(offered, request(by(SENDER)))).toThrowError(code("not_yours"));
  });

  test("a third address is refused", () => {
    expect(() => openAsRecipient(joined, request(by(RECIPIENT, THIRD)))).toThrowError(code("channel_full"));
  });
});

describe("joining by GET", () => {
  test("the first request without a uuid takes the seat", () => {
    const { channel, took } = joinByReading(offered, request(from(AWAY)));
    expect(took).toBe(true);
    expect(channel.recipient).toMatchObject({ uuid: STRANGER, address: AWAY, bearerOnly: false });
  });

  test("a later one from an address that is in only reads", () => {
    expect(joinByReading(joined, request(from(HOME)))).toEqual({ channel: joined, took: false });
  });

  test.each<[string, Channel, Parameters<typeof request>, string]>([
    ["before x: nothing is taken", opened, [from(AWAY)], "not_yet"],
    ["by a third address", joined, [from(THIRD)], "channel_full"],
    ["by a page of another site", offered, [from(AWAY, { addressSpeaks: false })], "not_yours"],
    [
      "by an address that is not in, when the seat is taken",
      openAsRecipient(offered, request(by(RECIPIENT, HOME))).channel,
      [from(AWAY)],
      "seat_taken",
    ],
    [
      "by an address alone where only uuids count",
      joined,
      [from(HOME), { policy: { ...STRICT, identity: "uuid" } }],
      "not_yours",
    ],
  ])("is refused %s", (_when, channel, [caller, changes], expected) => {
    expect(() => joinByReading(channel, request(caller, changes))).toThrowError(code(expected));
  });
});

test("a name that cooled down is a name like any other to the store", () => {
  expect(NAME_COOL_DOWN_MS).toBeGreaterThanOrEqual(CLOSED_TOLD_MS);
});
