import { describe, expect, test, vi } from "vitest";
import { GuessCount, isLostConnection } from "../../src/client/index.js";
import { RecipientRun } from "../../src/protocol/handshake.js";
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

test("a seat that a restarted relay does not know any more is taken again, in the middle of a round", async () => {
  await using world = await createWorld();
  let told = 0;
  await using wire = await createWire(world.url, {
    before: ({ procedure }) => (procedure === "getHk" && told++ === 0 ? refusal("not_yours", 403) : undefined),
  });
  const pair = world.pair({ url: wire.url });
  const recipientMeets = pair.recipient.meet();
  const before = await pair.sender.meet();
  const stream = await before.dial(new AbortController().signal);
  await expect(stream.readFully(new Uint8Array(1))).rejects.toSatisfy(isLostConnection);
  const [sender, recipient] = await Promise.all([pair.sender.meet(), recipientMeets]);
  await talk({ sender, recipient });
});

test("a seat that is refused when it is asked for is no lost round", async () => {
  await using world = await createWorld();
  await using wire = await createWire(world.url, {
    before: ({ input }) => (input["role"] === "recipient" ? refusal("not_yours", 403) : undefined),
  });
  const { recipient } = world.pair({ url: wire.url });
  await expect(recipient.meet()).rejects.toMatchObject({ code: "not_yours" });
  expect(wire.calls).toHaveLength(1);
});

test("a recipient that a restarted relay does not know, where the sender is again, is sent to the next round", async () => {
  await using world = await createWorld();
  const pair = world.pair();
  const met = await meet(pair);
  await talk(met);
  await world.restart();
  const signal = new AbortController().signal;
  await expect(met.sender.dial(signal)).rejects.toMatchObject({ code: "round_over" });
  const senderMeets = pair.sender.meet();
  await pair.sender.open();
  while (pair.events.sender.filter(({ type }) => type === "round").length < 2)
    await new Promise((resolve) => setImmediate(resolve));
  await expect(met.recipient.dial(signal)).rejects.toMatchObject({ code: "round_over" });
  const recipient = await pair.recipient.meet();
  await talk({ sender: await senderMeets, recipient });
});

describe("a side that compares digits", () => {
  test("begins no fourth round, also when those before broke off", async () => {
    await using world = await createWorld();
    await using wire = await createWire(world.url, {
      before: ({ procedure }) => (procedure === "getHk" ? refusal("round_over", 409) : undefined),
    });
    const guesses = new GuessCount();
    guesses.spend = () => () => {};
    const pair = world.pair({ url: wire.url, recipient: { verifying: true, guesses } });
    const restless = (async () => {
      for (;;) {
        const meeting = await pair.sender.meet();
        for (;;) {
          const stream = await meeting.dial(new AbortController().signal).catch(() => undefined);
          if (stream === undefined) break;
          await stream.readFully(new Uint8Array(1)).catch(() => {});
        }
      }
    })();
    restless.catch(() => {});
    await expect(pair.recipient.meet()).rejects.toMatchObject({
      code: "connection_lost",
      message: expect.stringContaining("the digits are compared no more often") as string,
    });
    expect(wire.calls.filter(({ input }) => "hh_k" in input)).toHaveLength(3);
  });

  test("begins none as the sender either", async () => {
    await using world = await createWorld();
    await using wire = await createWire(world.url, {
      before: ({ procedure }) => (procedure === "postHk" ? refusal("round_over", 409) : undefined),
    });
    const guesses = new GuessCount();
    guesses.spend = () => () => {};
    const pair = world.pair({ url: wire.url, sender: { verifying: true }, recipient: { guesses } });
    pair.recipient.meet().catch(() => {});
    await expect(pair.sender.meet()).rejects.toMatchObject({
      code: "connection_lost",
      message: expect.stringContaining("the digits are compared no more often") as string,
    });
    expect(wire.calls.filter(({ procedure }) => procedure === "postHk")).toHaveLength(3);
  });
});

test("a round that breaks off at the recipient ends its run too", async () => {
  await using world = await createWorld();
  const ends = vi.spyOn(RecipientRun.prototype, "end");
  try {
    await using wire = await createWire(world.url, {
      before: ({ procedure }) => (procedure === "getHk" ? refusal("closed", 410, { reason: "cancelled" }) : undefined),
    });
    const pair = world.pair({ url: wire.url });
    const senderMeets = pair.sender.meet();
    await expect(pair.recipient.meet()).rejects.toMatchObject({ code: "cancelled" });
    expect(ends).toHaveBeenCalledTimes(1);
    await senderMeets;
  } finally {
    ends.mockRestore();
  }
});

test("a round that breaks off wipes the secrets of its run", async () => {
  await using world = await createWorld();
  let ended = false;
  await using wire = await createWire(world.url, {
    before: ({ procedure }) => {
      if (ended || procedure !== "getY") return undefined;
      ended = true;
      return refusal("round_over", 409);
    },
  });
  const drawn: Uint8Array[] = [];
  const random = (length: number): Uint8Array => {
    const bytes = crypto.getRandomValues(new Uint8Array(length));
    // nS, as the sender keeps it.
    if (length === 32) drawn.push(bytes);
    return bytes;
  };
  const pair = world.pair({ url: wire.url, sender: { random } });
  await talk(await meet(pair));
  expect(drawn.map((bytes) => bytes.every((byte) => byte === 0))).toEqual([true, false]);
});

test("a channel that could not stand in a code is refused, unless the sender named it", async () => {
  await using world = await createWorld();
  await using wire = await createWire(world.url, {
    after: ({ procedure, output }) => {
      if (procedure === "openChannel") output["channel"] = "48-21";
    },
  });
  const { sender } = world.pair({ url: wire.url, sender: { channel: undefined as never } });
  await expect(sender.open()).rejects.toMatchObject({
    code: "relay_refused",
    message: expect.stringContaining("48-21") as string,
  });
});
