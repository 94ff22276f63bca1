import { describe, expect, test } from "vitest";
import type { Channel } from "../../src/channel/channel.js";
import { checkRound, nextRound, postX, postY, readHk, readY, revealHk } from "../../src/channel/rounds.js";
import type { CurveName, HhK, Hk, Role, Share } from "../../src/protocol/names.js";
import {
  answered,
  code,
  H_K,
  HH_K,
  joined,
  NOW,
  offered,
  OPAQUE,
  opened,
  OTHER_H_K,
  RECIPIENT,
  revealed,
  SUITE,
  X,
  Y,
} from "./fixtures.js";

const Z = "z-share" as Share;

test("step 3: x and curve are set once, and a retry changes nothing", () => {
  const once = postX(opened, "sender", X, OPAQUE);
  expect(once).toMatchObject({ x: X, curve: OPAQUE });
  expect(postX(once, "sender", X, OPAQUE)).toBe(once);
});

test.each<[string, Channel, Role, Share, CurveName, string]>([
  ["by the recipient", offered, "recipient", X, SUITE, "not_yours"],
  ["with another x", offered, "sender", Z, SUITE, "already_set"],
  ["with another curve", offered, "sender", X, OPAQUE, "already_set"],
])("step 3 is refused %s", (_when, channel, role, x, curve, expected) => {
  expect(() => postX(channel, role, x, curve)).toThrowError(code(expected));
});

test("step 7: y and hh_k are set once, and a retry changes nothing", () => {
  expect(answered).toMatchObject({ y: Y, hhK: HH_K });
  expect(postY(answered, "recipient", Y, HH_K)).toBe(answered);
});

test.each<[string, Channel, Role, Share, HhK, string]>([
  ["by the sender", joined, "sender", Y, HH_K, "not_yours"],
  ["before x", opened, "recipient", Y, HH_K, "out_of_order"],
  ["with another y", answered, "recipient", Z, HH_K, "already_set"],
  ["with another hh_k", answered, "recipient", Y, `${HH_K.slice(1)}A` as HhK, "already_set"],
  ["with a short hh_k for a suite that has 32 bytes", joined, "recipient", Y, "abc" as HhK, "bad_request"],
])("step 7 is refused %s", (_when, channel, role, y, hhK, expected) => {
  expect(() => postY(channel, role, y, hhK)).toThrowError(code(expected));
});

test("step 9: the sender reveals h_k after y is there, and a retry changes nothing", () => {
  expect(revealed.hK).toBe(H_K);
  expect(revealHk(revealed, "sender", H_K)).toBe(revealed);
});

test.each<[string, Channel, Role, Hk, string]>([
  ["by the recipient", answered, "recipient", H_K, "not_yours"],
  ["before y", joined, "sender", H_K, "out_of_order"],
  ["before x", opened, "sender", H_K, "out_of_order"],
  ["with another value", revealed, "sender", OTHER_H_K, "already_set"],
  ["when hh_k is not its hash", answered, "sender", OTHER_H_K, "h_k_mismatch"],
  ["when it is too short for its suite", answered, "sender", "abc" as Hk, "bad_request"],
])("step 9 is refused %s", (_when, channel, role, hK, expected) => {
  expect(() => revealHk(channel, role, hK)).toThrowError(code(expected));
});

test("43 characters that are not canonical base64url fit no hh_k", () => {
  expect(() => revealHk(answered, "sender", `${"A".repeat(42)}B` as Hk)).toThrowError(code("h_k_mismatch"));
});

test("an opaque curve's hashes are not looked into", () => {
  const channel = postY({ ...joined, curve: OPAQUE }, "recipient", Y, "hh" as HhK);
  expect(revealHk(channel, "sender", "h" as Hk).hK).toBe("h");
});

test("what is not there yet is `not_yet`", () => {
  expect(() => readY(joined)).toThrowError(code("not_yet"));
  expect(() => readHk(answered)).toThrowError(code("not_yet"));
  expect(readY(answered)).toEqual({ y: Y, hhK: HH_K });
  expect(readHk(revealed)).toBe(H_K);
});

describe("rounds", () => {
  test("a message of another round is told that its round is over, and which one runs", () => {
    expect(() => checkRound(opened, 2)).toThrowError(
      expect.objectContaining({ code: "round_over", extensions: { round: 1 } }),
    );
    expect(() => checkRound(opened, 1)).not.toThrow();
    expect(() => checkRound(opened, undefined)).not.toThrow();
  });

  test("the next round has no fields of the last", () => {
    const next = nextRound({ ...revealed, stapled: true, senderReady: true, recipientReady: true }, NOW);
    expect(next.round).toBe(2);
    expect(next).toMatchObject({ stapled: false, senderReady: false, recipientReady: false });
    for (const field of ["x", "curve", "y", "hhK", "hK", "closed"]) expect(next).not.toHaveProperty(field);
  });

  test("the recipient keeps its seat when h_k was set, with its 60 seconds anew", () => {
    expect(nextRound(revealed, NOW + 5).recipient).toMatchObject({ uuid: RECIPIENT, takenAt: NOW + 5 });
  });

  test("the recipient's seat is free, and its address forgotten, when h_k was not set", () => {
    const next = nextRound(answered, NOW);
    expect(next.recipient).toBeUndefined();
    expect(next.addresses.map(({ role }) => role)).toEqual(["sender"]);
  });
});
