import { describe, expect, test } from "vitest";
import { type Meddler, type WireCall, createWire, refusal } from "./wire.js";
import { createWorld, meet, talk } from "./world.js";

/** Every call of a whole exchange, by what it does. */
const STEPS = [
  ["step 1, the sender opens", (call: WireCall) => call.procedure === "openChannel" && call.input["role"] === "sender"],
  ["step 3, x", (call: WireCall) => call.procedure === "postToChannel" && "x" in call.input],
  [
    "step 5, the recipient joins",
    (call: WireCall) => call.procedure === "openChannel" && call.input["role"] === "recipient",
  ],
  ["step 7, y and hh_k", (call: WireCall) => call.procedure === "postToChannel" && "y" in call.input],
  ["step 7, the sender reads y", (call: WireCall) => call.procedure === "getY"],
  ["step 9, h_k", (call: WireCall) => call.procedure === "postHk"],
  ["step 10, the recipient reads h_k", (call: WireCall) => call.procedure === "getHk"],
  ["step 11, the sender connects again", (call: WireCall) => call.procedure === "openSenderPost"],
  ["step 13, the recipient connects again", (call: WireCall) => call.procedure === "openRecipientPost"],
] as const;

/** Does something to the first call that fits, and lets the others through. */
function once(fits: (call: WireCall) => boolean, meddle: Meddler): Meddler & { readonly met: () => boolean } {
  let met = false;
  const first = (call: WireCall): boolean => {
    if (met || !fits(call)) return false;
    met = true;
    return true;
  };
  return {
    met: () => met,
    before: (call) => (meddle.before !== undefined && first(call) ? meddle.before(call) : undefined),
    after: (call) => (meddle.after !== undefined && first(call) ? meddle.after(call) : undefined),
  };
}

const TROUBLES: readonly (readonly [string, Meddler])[] = [
  ["was lost before the relay had it", { before: () => "drop" }],
  ["was done and its answer lost", { after: () => "drop" }],
  ["met a relay without its store", { before: () => refusal("store_unavailable", 503) }],
  ["met too many requests", { before: () => refusal("rate_limited", 429, { retry_after: 0 }) }],
  ["met a proxy whose relay is away", { before: () => ({ status: 502, body: "Bad Gateway" }) }],
];

describe.each(TROUBLES)("a call that %s is made again, and the round goes on:", (_how, meddler) => {
  test.each(STEPS)("%s", async (_step, fits) => {
    await using world = await createWorld();
    const trouble = once(fits, meddler);
    await using wire = await createWire(world.url, trouble);
    const pair = world.pair({ url: wire.url });
    await pair.sender.open();
    const met = await meet(pair);
    await talk(met);
    await talk(met);
    expect(trouble.met()).toBe(true);
    expect([met.sender.round, met.recipient.round]).toEqual([1, 1]);
    expect(wire.calls.filter((call) => fits(call)).length).toBeGreaterThan(1);
  });
});

test("the same y is posted again, and the same x: a retry is no second guess", async () => {
  await using world = await createWorld();
  let left = 3;
  await using wire = await createWire(world.url, {
    after: ({ procedure }) => (procedure === "postToChannel" && left-- > 0 ? "drop" : undefined),
  });
  await talk(await meet(world.pair({ url: wire.url })));
  const posts = wire.calls
    .filter(({ procedure }) => procedure === "postToChannel")
    .map(({ input }) => JSON.stringify(input));
  expect(posts.length).toBeGreaterThan(3);
  expect(new Set(posts).size).toBe(2);
});

test("a relay that does not say with y where the stapler is says so with h_k", async () => {
  await using world = await createWorld();
  await using wire = await createWire(world.url, {
    after: ({ procedure, output }) => {
      if (procedure === "getY") delete output["stapler"];
    },
  });
  await talk(await meet(world.pair({ url: wire.url })));
});

test("what a relay refuses ends it, with the relay's words", async () => {
  await using world = await createWorld();
  await using wire = await createWire(world.url, {
    before: ({ procedure }) =>
      procedure === "getY" ? refusal("never_heard_of", 418, { message: "tea\u001b[2J\u202e only" }) : undefined,
  });
  const pair = world.pair({ url: wire.url });
  await expect(pair.sender.meet()).rejects.toMatchObject({ code: "relay_refused" });
});
