import { describe, expect, test } from "vitest";
import { isLostConnection } from "../../src/client/index.js";
import { fakeClock } from "./fake-clock.js";
import { type WireCall, createWire, refusal } from "./wire.js";
import { createWorld, meet, talk } from "./world.js";

const ENDS = [
  ["round_over", 409],
  ["unknown_channel", 404],
] as const;

describe.each(ENDS)("%s ends a round, and another follows without a question,", (code, status) => {
  test.each([
    ["while the sender waits for y", "getY", "sender"],
    ["when the sender reveals h_k", "postHk", "sender"],
    ["when the sender posts x", "postToChannel x", "sender"],
    ["when the recipient posts y", "postToChannel y", "recipient"],
  ] as const)("%s", async (_when, step, role) => {
    await using world = await createWorld();
    let ended = false;
    const [procedure, field = ""] = step.split(" ");
    await using wire = await createWire(world.url, {
      before: (call: WireCall) => {
        if (ended || call.procedure !== procedure || !(field === "" || field in call.input)) return undefined;
        ended = true;
        return refusal(code, status, { round: 2 });
      },
    });
    const pair = world.pair({ url: wire.url });
    const met = await meet(pair);
    await talk(met);
    expect(ended).toBe(true);
    const roles = pair.events[role].filter(({ type }) => type === "round_over");
    expect(roles.length).toBeGreaterThanOrEqual(1);
    const { uuid } =
      wire.calls.find((call) => call.procedure === procedure && (field === "" || field in call.input)) ?? {};
    const own = wire.calls
      .filter((call) => call.uuid === uuid || call.input["uuid"] === uuid)
      .map(({ procedure: called }) => called);
    const after = own.slice(own.indexOf(procedure ?? "") + 1);
    expect(after[0]).toBe("openChannel");
  });
});

test.each(ENDS)(
  "%s while the recipient waits for h_k brings the sender back, which had met it already",
  async (code, status) => {
    await using world = await createWorld();
    let ended = false;
    await using wire = await createWire(world.url, {
      before: ({ procedure }) => {
        if (ended || procedure !== "getHk") return undefined;
        ended = true;
        return refusal(code, status);
      },
    });
    const pair = world.pair({ url: wire.url });
    const recipientMeets = pair.recipient.meet();
    const before = await pair.sender.meet();
    const stream = await before.dial(new AbortController().signal);
    await expect(stream.readFully(new Uint8Array(1))).rejects.toSatisfy(isLostConnection);
    await expect(before.dial(new AbortController().signal)).rejects.toMatchObject({ code: "round_over" });
    const [sender, recipient] = await Promise.all([pair.sender.meet(), recipientMeets]);
    await talk({ sender, recipient });
  },
);

test("a relay that ends every round is not asked in a hurry, and not for ever", async () => {
  await using world = await createWorld();
  await using wire = await createWire(world.url, {
    before: ({ procedure }) => (procedure === "getY" ? refusal("round_over", 409) : undefined),
  });
  const clock = fakeClock(0.999);
  const { sender } = world.pair({ url: wire.url, sender: { clock, waitForPeerMs: 20_000 } });
  await expect(sender.meet()).rejects.toMatchObject({ code: "nobody_came" });
  expect(wire.calls.filter(({ procedure }) => procedure === "getY").length).toBeLessThan(16);
});

test("a relay that answers `not_yet` at once is asked once a second", async () => {
  await using world = await createWorld();
  await using wire = await createWire(world.url, {
    before: ({ procedure }) => (procedure === "getY" ? refusal("not_yet", 404) : undefined),
  });
  const clock = fakeClock();
  const { sender } = world.pair({ url: wire.url, sender: { clock, waitForPeerMs: 10_000 } });
  await expect(sender.meet()).rejects.toMatchObject({ code: "nobody_came" });
  expect(clock.slept).toEqual(Array<number>(10).fill(1_000));
  expect(wire.calls.find(({ procedure }) => procedure === "getY")?.input["wait"]).toBe(10);
});

test("a wait is at most what proxies let through, and the first call waits for nothing", async () => {
  await using world = await createWorld();
  await using wire = await createWire(world.url, {
    before: ({ input }) => (input["role"] === "recipient" ? refusal("unknown_channel", 404) : undefined),
  });
  const { recipient } = world.pair({ url: wire.url, recipient: { clock: fakeClock(), waitForPeerMs: 27_000 } });
  await expect(recipient.meet()).rejects.toMatchObject({ code: "nobody_came" });
  const waits = wire.calls.map(({ input }) => input["wait"]);
  expect(waits.slice(0, 4)).toEqual([0, 25, 25, 25]);
  expect(waits.at(-1)).toBe(0);
});
