import { describe, expect, test } from "vitest";
import { type Caller, type Policy, identify } from "../../src/channel/caller.js";
import type { Channel } from "../../src/channel/channel.js";
import { newChannel } from "../../src/channel/seats.js";
import { nextRound } from "../../src/channel/rounds.js";
import type { Role } from "../../src/protocol/names.js";
import {
  answered,
  AWAY,
  by,
  code,
  from,
  HOME,
  joined,
  NAME,
  NOW,
  opened,
  openedPlainly,
  RECIPIENT,
  request,
  SENDER,
  STRANGER,
  STRICT,
  THIRD,
} from "./fixtures.js";

const roleOf = (channel: Channel, caller: Caller, wanted?: Role, policy: Policy = STRICT): Role =>
  identify(channel, caller, wanted, policy).role;

describe("a caller with a uuid", () => {
  test("holds the role that the uuid was given for", () => {
    expect(roleOf(joined, by(SENDER))).toBe("sender");
    expect(roleOf(joined, by(RECIPIENT, AWAY))).toBe("recipient");
  });

  test("is refused when the step is the other side's", () => {
    expect(() => roleOf(joined, by(RECIPIENT, AWAY), "sender")).toThrowError(code("not_yours"));
  });

  test("is never tried as an address when the uuid is wrong", () => {
    expect(() => roleOf(openedPlainly, by(STRANGER, HOME), "sender")).toThrowError(code("not_yours"));
  });

  test("of a recipient whose seat was freed is told that its round is over", () => {
    const later = nextRound(answered, NOW);
    expect(() => roleOf(later, by(RECIPIENT, AWAY), "recipient")).toThrowError(code("round_over"));
    expect(() => roleOf(later, by(RECIPIENT, AWAY), "sender")).toThrowError(code("not_yours"));
  });

  test("finds no recipient where none has joined", () => {
    expect(() => roleOf(opened, by(RECIPIENT), "recipient")).toThrowError(code("not_yours"));
  });
});

describe("a caller without a uuid", () => {
  test("is known by the address of its seat", () => {
    expect(roleOf(openedPlainly, from(HOME), "sender")).toBe("sender");
  });

  test.each<[string, Channel, Caller, Policy]>([
    ["once its role has used the Bearer form", opened, from(HOME), STRICT],
    ["from another address", openedPlainly, from(AWAY), STRICT],
    [
      "when a page of another site or an unknown proxy sends it",
      openedPlainly,
      from(HOME, { addressSpeaks: false }),
      STRICT,
    ],
    ["when the operator wants uuids only", openedPlainly, from(HOME), { ...STRICT, identity: "uuid" }],
  ])("is refused %s", (_when, channel, caller, policy) => {
    expect(() => roleOf(channel, caller, "sender", policy)).toThrowError(code("not_yours"));
  });

  test("may close for either side where only one address is in", () => {
    expect(roleOf(openedPlainly, from(HOME))).toBe("sender");
  });
});

describe("two addresses", () => {
  test("a third address is refused, with a valid uuid too", () => {
    expect(() => roleOf(joined, by(SENDER, THIRD))).toThrowError(code("channel_full"));
    expect(() => roleOf(joined, from(THIRD))).toThrowError(code("channel_full"));
  });

  test("a valid uuid from a second address counts that address", () => {
    const moved = identify(opened, by(SENDER, AWAY), "sender", STRICT).channel;
    expect(() => roleOf(moved, by(SENDER, THIRD))).toThrowError(code("channel_full"));
    expect(roleOf(moved, by(SENDER, HOME))).toBe("sender");
  });

  test("a call that brings nothing new leaves the channel the same object", () => {
    expect(identify(joined, by(SENDER), "sender", STRICT).channel).toBe(joined);
  });

  test("the Bearer form is remembered for the role that used it, not for the other", () => {
    const after = identify(openedPlainly, by(SENDER), "sender", STRICT).channel;
    expect(after.sender.bearerOnly).toBe(true);
    expect(after.recipient).toBeUndefined();
  });

  test("with the rule off any number may come, and memory stays bounded", () => {
    const off: Policy = { ...STRICT, addresses: "off" };
    let channel = newChannel(NAME, request(by(SENDER)));
    for (const where of [AWAY, THIRD, HOME, AWAY, THIRD])
      channel = identify(channel, by(SENDER, where), "sender", off).channel;
    expect(channel.addresses.length).toBeLessThanOrEqual(2);
  });
});
