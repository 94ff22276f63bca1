import { describe, expect, onTestFinished, test } from "vitest";
import { MemoryStore } from "../../src/channel/memory-store.js";
import type { ChannelName } from "../../src/protocol/names.js";
import { DuetError } from "../../src/protocol/problem.js";
import { Channels } from "../../src/relay/channels.js";
import { HeldRounds, type Release } from "../../src/relay/internal/held-rounds.js";
import { StaplerRegistry } from "../../src/relay/internal/registry.js";
import { DEFAULT_WAITER_LIMITS, Waiters } from "../../src/relay/waiters.js";
import { SENDER, SENDER_UUID, releasesOf, revealed, round, senderHello } from "./stapled.js";
import { bearer, startRelay } from "./support.js";

describe("rounds that are held", () => {
  const name = "4821" as ChannelName;
  const now = () => 1000;

  function held(store: MemoryStore, keepAliveMs = 60_000) {
    const releases: Release[] = [];
    const errors: unknown[] = [];
    const onRelease = (release: Release): void => void releases.push(release);
    const onError = (error: unknown): void => void errors.push(error);
    const rounds = new HeldRounds({ store, channels: channelsOn(store), now, keepAliveMs, onRelease, onError });
    onTestFinished(() => rounds.close());
    return { rounds, releases, errors };
  }

  function channelsOn(store: MemoryStore): Channels {
    return new Channels({ store, now, maxOpenPerAddress: 10, waiters: new Waiters(DEFAULT_WAITER_LIMITS) });
  }

  /** A store that does not answer. */
  class Silent extends MemoryStore {
    override until(): Promise<never> {
      return new Promise(() => undefined);
    }
  }

  test("are let go when the channel is unknown", async () => {
    const { rounds, releases } = held(new MemoryStore({ now }));
    rounds.add({ channel: name, round: 1 }, "sender");
    await expect.poll(() => releases).toEqual([{ channel: name, round: 1, code: "closed" }]);
    expect(rounds.rounds()).toEqual([]);
  });

  test("give way to a newer round of the channel, and ignore news of the older", () => {
    const { rounds, releases } = held(new Silent({ now }));
    const [first, second] = [
      { channel: name, round: 1 },
      { channel: name, round: 2 },
    ];
    rounds.add(first, "sender");
    rounds.add(first, "recipient");
    rounds.add(second, "sender");
    expect(releases).toEqual([{ ...first, code: "round_over" }]);
    rounds.stapled(first);
    rounds.ended(first, undefined);
    expect(rounds.rounds()).toEqual([second]);
    rounds.stapled(second);
    rounds.ended(second, "sender");
    expect(rounds.rounds()).toEqual([second]);
    rounds.ended(second, undefined);
    expect(rounds.rounds()).toEqual([]);
  });

  test("do not give way to an older round whose admission comes late, which is told that it is over", () => {
    const { rounds, releases } = held(new Silent({ now }));
    const [first, second] = [
      { channel: name, round: 1 },
      { channel: name, round: 2 },
    ];
    rounds.add(second, "sender");
    rounds.add(first, "recipient");
    expect(rounds.rounds()).toEqual([second]);
    expect(releases).toEqual([{ ...first, code: "round_over" }]);
  });

  test("are watched until they end, also when no connection is left", async () => {
    const world = await startRelay();
    await revealed(world);
    const { admit, ended } = world.internal;
    await admit.mutate(senderHello);
    // The news of an older connection's end may come behind a new one.
    await ended.mutate(round);
    await world.at(SENDER).get("/close/4821", bearer(SENDER_UUID));
    expect(await releasesOf(world.internal).next()).toEqual({ channel: "4821", round: 1, code: "closed" });
  });

  test("survive a store that is away for a while, and keep their channels alive", async () => {
    let fails = true;
    let asked = 0;
    class Away extends MemoryStore {
      override until() {
        asked += 1;
        return fails ? Promise.reject(new DuetError("store_unavailable")) : Promise.resolve(undefined);
      }
    }
    const { rounds, releases, errors } = held(new Away({ now }), 20);
    rounds.add({ channel: name, round: 1 }, "sender");
    await expect.poll(() => errors.length).toBeGreaterThan(1);
    fails = false;
    await expect.poll(() => releases.length, { timeout: 5000 }).toBe(1);
    expect(asked).toBeGreaterThan(2);
  });

  test("of a watch that ends while the store is asked nothing is said", async () => {
    const asked: (() => void)[] = [];
    class Slow extends MemoryStore {
      override until() {
        return new Promise<undefined>((resolve) => asked.push(() => resolve(undefined)));
      }
    }
    const { rounds, releases } = held(new Slow({ now }));
    rounds.add({ channel: name, round: 1 }, "sender");
    await expect.poll(() => asked.length).toBe(1);
    rounds.close();
    for (const answer of asked) answer();
    await Promise.resolve();
    expect(releases).toEqual([]);
  });

  test("the choice of a stapler is remembered for so many channels, and no more", () => {
    const store = new MemoryStore({ now });
    const registry = new StaplerRegistry({ store, channels: channelsOn(store), now, choicesKept: 2 });
    onTestFinished(() => registry.close());
    const advertise = (port: number) => ({ host: null, port });
    registry.register("a", advertise(1));
    const names = ["1", "2", "3"] as ChannelName[];
    for (const each of names) expect(registry.addressFor(each).port).toBe(1);
    for (let id = 2; id < 40; id += 1) registry.register(`stapler-${id}`, advertise(id));
    // The oldest is forgotten, and chosen anew among forty.
    expect(names.toReversed().map((each) => registry.addressFor(each).port === 1)).toEqual([true, true, false]);
  });

  test("a store that fails when a dead stapler is cleaned up is reported", async () => {
    const errors: unknown[] = [];
    const store = new Silent({ now });
    const registry = new StaplerRegistry({
      store,
      channels: channelsOn(new MemoryStore({ now })),
      now,
      leaseMs: 20,
      onError: (error) => errors.push(error),
    });
    onTestFinished(() => registry.close());
    const away = new DuetError("store_unavailable");
    class Failing extends MemoryStore {
      override read(): Promise<never> {
        return Promise.reject(away);
      }
    }
    const failing = new StaplerRegistry({
      store,
      channels: channelsOn(new Failing({ now })),
      now,
      leaseMs: 20,
      onError: (error) => errors.push(error),
    });
    onTestFinished(() => failing.close());
    for (const each of [registry, failing]) {
      each.register("a", { host: null, port: 1 });
      each.hold("a", { channel: name, round: 1 }, "sender");
    }
    // The channel of the first is unknown by now, which is no error.
    await expect.poll(() => errors).toEqual([away]);
  });

  test("a splice that ends while the store is away is an error", async () => {
    const store = new MemoryStore({ now: Date.now });
    const world = await startRelay({ store });
    await revealed(world);
    await world.internal.admit.mutate(senderHello);
    await store.close();
    await expect(world.internal.ended.mutate(round)).rejects.toMatchObject({
      data: { duet: { code: "store_unavailable" } },
    });
  });
});
