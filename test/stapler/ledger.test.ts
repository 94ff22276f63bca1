import { expect, test } from "vitest";
import type { ChannelName, Role } from "../../src/protocol/names.js";
import { Ledger } from "../../src/stapler/ledger.js";
import { reasonOf } from "../../src/stapler/reason.js";
import { HK, UUID, roundOf } from "./fixtures.js";

const CHANNEL = "4821" as ChannelName;
const side = (role: Role, address = "192.0.2.1") => ({
  hello: { role, channel: CHANNEL, uuid: UUID, hK: HK },
  address,
});

test("a ledger holds who is here of the latest round, until both have left", () => {
  const ledger = new Ledger();
  ledger.admitted(roundOf(), side("recipient"));
  ledger.admitted(roundOf(), side("sender"));
  ledger.stapled(roundOf());
  expect(ledger.of(CHANNEL)).toEqual({ round: roundOf(), sides: [side("sender"), side("recipient")], spliced: true });
  ledger.admitted(roundOf("4821", 2), side("sender", "192.0.2.2"));
  expect(ledger.of(CHANNEL)).toMatchObject({ sides: [side("sender", "192.0.2.2")], spliced: false });
  ledger.admitted(roundOf("4821", 2), side("recipient"));
  ledger.ended(roundOf("4821", 2), "sender");
  expect(ledger.of(CHANNEL)?.sides).toEqual([side("recipient")]);
  ledger.ended(roundOf("4821", 2), "recipient");
  expect(ledger.channels()).toEqual([]);
  expect(ledger.of(CHANNEL)).toBeUndefined();
});

test("news of another round, or of a channel that is not here, change nothing", () => {
  const ledger = new Ledger();
  ledger.admitted(roundOf("4821", 2), side("sender"));
  for (const round of [roundOf("4821", 1), roundOf("9999", 2)]) {
    ledger.stapled(round);
    ledger.ended(round, undefined);
    ledger.released(round);
  }
  expect(ledger.of(CHANNEL)).toEqual({ round: roundOf("4821", 2), sides: [side("sender")], spliced: false });
  expect(ledger.channels()).toEqual([CHANNEL]);
});

test("a released round is forgotten, but for its splice", () => {
  const ledger = new Ledger();
  ledger.admitted(roundOf(), side("sender"));
  ledger.stapled(roundOf());
  ledger.released(roundOf());
  expect(ledger.channels()).toEqual([CHANNEL]);
  ledger.ended(roundOf(), undefined);
  ledger.admitted(roundOf(), side("sender"));
  ledger.released(roundOf());
  expect(ledger.channels()).toEqual([]);
});

test("missed ends are handed out once, and bounded", () => {
  const ledger = new Ledger();
  for (let index = 0; index < 10_001; index += 1) ledger.missed({ round: roundOf(`c${index}`), alone: undefined });
  const missed = ledger.takeMissed();
  expect(missed).toHaveLength(10_000);
  expect(missed[0]).toEqual({ round: roundOf("c0"), alone: undefined });
  expect(ledger.takeMissed()).toEqual([]);
});

test.each([
  [new Error("it broke"), "it broke"],
  ["it broke", "it broke"],
  [undefined, "undefined"],
])("of an error only the text is told", (error, text) => {
  expect(reasonOf(error)).toBe(text);
});
