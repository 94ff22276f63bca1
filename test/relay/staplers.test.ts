import { createTRPCClient, httpLink, httpSubscriptionLink, splitLink, type TRPCClient } from "@trpc/client";
import { EventSource } from "eventsource";
import { describe, expect, test } from "vitest";
import type { InternalRouter } from "../../src/relay/index.js";
import {
  RECIPIENT_UUID,
  SENDER,
  SENDER_UUID,
  recipientHello,
  releasesOf,
  revealed,
  round,
  senderHello,
  state,
} from "./stapled.js";
import { STAPLER, bearer, startBareRelay, startRelay, type TestRelay } from "./support.js";

const SECRET = "stapler-secret";

describe("a stapler", () => {
  test("brings its peers from waiting to stapled and back", async () => {
    const world = await startRelay();
    await revealed(world);
    const { admit, stapled, ended } = world.internal;
    expect(await state(world)).toEqual([false, false, false]);
    expect(await admit.mutate(senderHello)).toEqual({ channel: "4821", round: 1 });
    expect(await state(world)).toEqual([true, false, false]);
    await admit.mutate(recipientHello);
    await stapled.mutate(round);
    expect(await state(world)).toEqual([true, true, true]);
    await ended.mutate(round);
    expect(await state(world)).toEqual([false, false, false]);
    await admit.mutate(senderHello);
    await ended.mutate({ ...round, role: "sender" });
    expect(await state(world)).toEqual([false, false, false]);
  });

  test.each([
    ["another h_k", { h_k: "other" }, "wrong_h_k"],
    ["a longer h_k", { h_k: "hh" }, "wrong_h_k"],
    ["an unknown channel", { channel: "9999" }, "unknown_channel"],
    ["a third address", { address: "127.0.0.3" }, "full"],
    ["no uuid of one who uses them", { uuid: null }, "not_yours"],
    ["the other side's uuid", { uuid: RECIPIENT_UUID }, "not_yours"],
    ["what is no address", { address: "nowhere" }, "bad_request"],
    ["a stapler that is not registered", { stapler: "other" }, "not_registered"],
  ])("refuses %s", async (_what, change, code) => {
    const world = await startRelay();
    await revealed(world);
    await expect(world.internal.admit.mutate({ ...senderHello, ...change })).rejects.toMatchObject({
      data: { duet: { code } },
    });
  });

  test("refuses a line before h_k is posted, and one of a closed channel", async () => {
    const world = await startRelay();
    await world.at(SENDER).post("/open", { channel: "4821" }, bearer(SENDER_UUID));
    const { admit } = world.internal;
    await expect(admit.mutate(senderHello)).rejects.toMatchObject({ data: { duet: { code: "not_open" } } });
    await world.at(SENDER).get("/close/4821", bearer(SENDER_UUID));
    await expect(admit.mutate(senderHello)).rejects.toMatchObject({ data: { duet: { code: "closed" } } });
  });

  test("late news of an ended round change nothing", async () => {
    const world = await startRelay();
    await revealed(world);
    const { admit, stapled, ended } = world.internal;
    await admit.mutate(senderHello);
    await world.at(SENDER).post("/open", { channel: "4821" }, bearer(SENDER_UUID));
    await expect(stapled.mutate(round)).rejects.toMatchObject({ data: { duet: { code: "round_over" } } });
    await ended.mutate(round);
    await ended.mutate({ ...round, channel: "9999" });
    await world.at(SENDER).get("/close/4821", bearer(SENDER_UUID));
    await ended.mutate(round);
  });

  test("is told of rounds that end, what it missed first", async () => {
    const world = await startRelay();
    await revealed(world);
    await world.internal.admit.mutate(senderHello);
    await world.internal.admit.mutate(recipientHello);
    const first = releasesOf(world.internal);
    await world.at(SENDER).post("/open", { channel: "4821" }, bearer(SENDER_UUID));
    expect(await first.next()).toEqual({ channel: "4821", round: 1, code: "round_over" });
    first.unsubscribe();
    // The same again for a stapler whose stream broke.
    expect(await releasesOf(world.internal).next()).toEqual({
      channel: "4821",
      round: 1,
      code: "round_over",
    });
  });

  test("is told of a channel that is closed, once, and not of one that it does not hold", async () => {
    const world = await startRelay();
    await revealed(world, "1111");
    await revealed(world);
    await world.internal.admit.mutate(senderHello);
    const { next } = releasesOf(world.internal);
    await world.at(SENDER).get("/close/1111", bearer(SENDER_UUID));
    await world.at(SENDER).get("/close/4821", bearer(SENDER_UUID));
    expect(await next()).toEqual({ channel: "4821", round: 1, code: "closed" });
  });

  test("that is silent for a lease is dropped: what it held is not ready, and its stream ends", async () => {
    const world = await startBareRelay({ staplerLeaseMs: 400 });
    const { register, admit, stapled } = world.internal;
    const advertise = { host: "stapler.example", port: 8154 };
    expect(await register.mutate({ id: STAPLER, advertise })).toEqual({ lease_ms: 400, first: true });
    expect(await register.mutate({ id: STAPLER, advertise })).toEqual({ lease_ms: 400, first: false });
    await revealed(world);
    await admit.mutate(senderHello);
    await admit.mutate(recipientHello);
    await stapled.mutate(round);
    expect(await state(world)).toEqual([true, true, true]);
    const { next } = releasesOf(world.internal);
    expect(await next()).toBe("complete");
    await expect.poll(() => state(world)).toEqual([false, false, false]);
    expect(await world.at(SENDER).get("/sender/4821/open", bearer(SENDER_UUID))).toMatchObject({
      status: 503,
      body: { code: "no_stapler" },
    });
    expect((await register.mutate({ id: STAPLER, advertise })).first).toBe(true);
    const answer = await world.at(SENDER).get("/sender/4821/open", bearer(SENDER_UUID));
    expect(answer.body.stapler).toEqual({ host: "stapler.example", port: 8154, websocket_url: null });
  });
});

describe("several staplers", () => {
  const register = (world: TestRelay, id: string, port: number) =>
    world.internal.register.mutate({ id, advertise: { host: null, port } });
  const portOf = async (world: TestRelay, channel: string) =>
    (await world.at(SENDER).get(`/sender/${channel}/open`, bearer(SENDER_UUID))).body.stapler?.port;

  test("share the channels; each channel keeps its own, also when another comes", async () => {
    const world = await startBareRelay({ maxOpenPerAddress: Infinity });
    await register(world, "a", 1);
    await register(world, "b", 2);
    const channels = Array.from({ length: 16 }, (_, index) => `channel-${index}`);
    const before: (number | undefined)[] = [];
    for (const channel of channels) {
      await revealed(world, channel);
      before.push(await portOf(world, channel));
    }
    expect(new Set(before)).toEqual(new Set([1, 2]));
    await register(world, "c", 3);
    for (const [index, channel] of channels.entries()) expect(await portOf(world, channel)).toBe(before[index]);
  });
});

describe("over HTTP", () => {
  function clientOf({ relay }: TestRelay, secret: string): TRPCClient<InternalRouter> {
    const url = `${relay.url}/internal/trpc`;
    const headers = bearer(secret);
    return createTRPCClient<InternalRouter>({
      links: [
        splitLink({
          condition: ({ type }) => type === "subscription",
          true: httpSubscriptionLink({
            url,
            EventSource,
            eventSourceOptions: {
              fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...headers } }),
            },
          }),
          false: httpLink({ url, headers }),
        }),
      ],
    });
  }

  test("the secret opens the side door", async () => {
    const world = await startBareRelay({ staplerSecret: SECRET });
    const client = clientOf(world, SECRET);
    expect(await client.register.mutate({ id: STAPLER, advertise: { host: null, port: 8154 } })).toMatchObject({
      first: true,
    });
    await revealed(world);
    expect(await client.admit.mutate(senderHello)).toEqual({ channel: "4821", round: 1 });
    const { next } = releasesOf(client);
    await world.at(SENDER).get("/close/4821", bearer(SENDER_UUID));
    expect(await next()).toEqual({ channel: "4821", round: 1, code: "closed" });
    await world.relay.close({ graceMs: 10_000 });
  });

  test("a wrong secret, none, or a relay that has none: nothing", async () => {
    const world = await startBareRelay({ staplerSecret: SECRET });
    await expect(
      clientOf(world, "guess").register.mutate({ id: "x", advertise: { host: null, port: 1 } }),
    ).rejects.toMatchObject({ data: { httpStatus: 403, duet: { code: "not_yours" } } });
    for (const headers of [{}, { Authorization: SECRET }, bearer(`${SECRET}x`)]) {
      expect(await world.at(SENDER).get("/internal/trpc/register", headers)).toMatchObject({
        status: 403,
        body: { error: { data: { duet: { code: "not_yours" } } } },
      });
    }
    const without = await startBareRelay();
    expect(await without.at(SENDER).get("/internal/trpc/register", bearer(SECRET))).toMatchObject({
      status: 404,
      body: { error: { data: { duet: { code: "unknown_route" } } } },
    });
  });
});
