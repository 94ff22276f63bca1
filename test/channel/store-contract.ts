import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Channel } from "../../src/channel/channel.js";
import { CHANNEL_IDLE_MS, forgetAt } from "../../src/channel/lifetime.js";
import { close } from "../../src/channel/presence.js";
import { newChannel } from "../../src/channel/seats.js";
import { ABSENT, type ChannelStore, type Stored, otherThan } from "../../src/channel/store.js";
import type { ChannelName } from "../../src/protocol/names.js";
import { AWAY, by, code, HOME, NAME, NOW, request, SENDER } from "./fixtures.js";

/** A store under test, and the clock that it believes. */
export interface StoreUnderTest {
  readonly store: ChannelStore;
  /** Moves the store's clock to this many milliseconds since 1970. */
  readonly setTime: (now: number) => void | Promise<void>;
}

const ANY = 1_000;

/** What every `ChannelStore` must do. Call it in a test file of the store. */
export function storeContract(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the contract of a channel store`, () => {
    let store: ChannelStore;
    let setTime: StoreUnderTest["setTime"];
    beforeEach(async () => {
      ({ store, setTime } = await start());
      await setTime(NOW);
    });
    afterEach(() => store.close());

    const channel = (text: string, where = HOME): Channel =>
      newChannel(text as ChannelName, request(by(SENDER, where)));
    const create = async (text: string, where = HOME): Promise<Stored> => {
      const stored = await store.create(channel(text, where), ANY);
      if (typeof stored === "string") throw new Error(stored);
      return stored;
    };

    test("what was created is read, and nothing else", async () => {
      const stored = await create(NAME);
      expect(stored.version).not.toBe(ABSENT);
      expect(await store.read(NAME)).toEqual(stored);
      expect(await store.read("other" as ChannelName)).toBeUndefined();
    });

    test("a name is created once", async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => store.create(channel(NAME), ANY)));
      expect(all.filter((one) => one === "taken")).toHaveLength(19);
    });

    test("of many changes to one version exactly one wins", async () => {
      const { version } = await create(NAME);
      const changes = await Promise.all(
        Array.from({ length: 20 }, (_, round) => store.compareAndSet(version, { ...channel(NAME), round }, ANY)),
      );
      const won = changes.filter((one) => one !== undefined);
      expect(won).toHaveLength(1);
      expect(await store.read(NAME)).toEqual(won[0]);
    });

    test("nothing is changed that is not there", async () => {
      expect(await store.compareAndSet(1, channel(NAME), ANY)).toBeUndefined();
      expect(await store.compareAndSet(ABSENT, channel(NAME), ANY)).toBeUndefined();
      expect(await store.read(NAME)).toBeUndefined();
    });

    test("open channels of one address are bounded, also when they are asked for all at once", async () => {
      const all = await Promise.all(["a", "b", "c", "d"].map((text) => store.create(channel(text), 2)));
      expect(all.filter((one) => one === "too_many")).toHaveLength(2);
      expect(typeof (await store.create(channel("e", AWAY), 2))).toBe("object");
    });

    test("closed and expired channels do not count as open", async () => {
      const { version } = await create("a");
      await store.compareAndSet(version, close(channel("a"), "sender", "done", NOW), ANY);
      expect(typeof (await store.create(channel("b"), 1))).toBe("object");
      expect(await store.create(channel("c"), 1)).toBe("too_many");
      await setTime(NOW + CHANNEL_IDLE_MS);
      expect(typeof (await store.create(channel("c"), 1))).toBe("object");
    });

    test("a channel that had ended and is taken up again counts like a new one", async () => {
      const { version } = await create("a");
      const closed = await store.compareAndSet(version, close(channel("a"), "sender", "done", NOW), ANY);
      if (typeof closed !== "object") throw new Error("not closed");
      await create("b");
      expect(await store.compareAndSet(closed.version, channel("a"), 1)).toBe("too_many");
      expect(await store.compareAndSet(closed.version, channel("a"), 2)).toMatchObject({ channel: { name: "a" } });
      expect(await store.create(channel("c"), 2)).toBe("too_many");
    });

    test("an open channel is changed however many there are", async () => {
      const { version } = await create("a");
      expect(await store.compareAndSet(version, { ...channel("a"), round: 2 }, 0)).toMatchObject({
        channel: { round: 2 },
      });
    });

    test("names are counted by length, cooling ones too, until they are forgotten", async () => {
      await create("1234");
      await create("4321");
      await create("12345");
      expect(await store.countNames(4)).toBe(2);
      await setTime(NOW + CHANNEL_IDLE_MS);
      expect(await store.countNames(4)).toBe(2);
      await setTime(forgetAt(channel("1234")));
      await store.read("1234" as ChannelName);
      await store.read("4321" as ChannelName);
      expect(await store.countNames(4)).toBe(0);
    });

    test("a channel is forgotten in time, and its name starts with another version", async () => {
      const first = await create(NAME);
      await setTime(forgetAt(first.channel) - 1);
      expect(await store.read(NAME)).toBeDefined();
      await setTime(forgetAt(first.channel));
      expect(await store.read(NAME)).toBeUndefined();
      expect((await create(NAME)).version).not.toBe(first.version);
    });

    describe("waiting", () => {
      const forever = new AbortController().signal;

      test("ends at once when the version is another already", async () => {
        await create(NAME);
        await store.until(NAME, otherThan(ABSENT), forever);
      });

      test("ends when the channel appears, and when it changes", async () => {
        const appears = store.until(NAME, otherThan(ABSENT), forever);
        const { version } = await create(NAME);
        await appears;
        const changes = Promise.all([
          store.until(NAME, otherThan(version), forever),
          store.until(NAME, otherThan(version), forever),
        ]);
        await store.compareAndSet(version, { ...channel(NAME), round: 2 }, ANY);
        await changes;
      });

      test("goes on through changes that are not what is wanted, and answers with the one that is", async () => {
        const { version } = await create(NAME);
        const seen: (number | undefined)[] = [];
        const third = store.until(
          NAME,
          (stored) => {
            seen.push(stored?.channel.round);
            return stored?.channel.round === 3;
          },
          forever,
        );
        const second = await store.compareAndSet(version, { ...channel(NAME), round: 2 }, ANY);
        if (typeof second !== "object") throw new Error("not changed");
        const stored = await store.compareAndSet(second.version, { ...channel(NAME), round: 3 }, ANY);
        expect(await third).toEqual(stored);
        expect(seen).toEqual([1, 2, 3]);
      });

      test("is not ended by another channel", async () => {
        const abort = new AbortController();
        const waiting = store.until(NAME, otherThan(ABSENT), abort.signal);
        await create("other");
        abort.abort(new Error("still waiting"));
        await expect(waiting).rejects.toThrowError("still waiting");
      });

      test("ends with the signal's reason, also when it was aborted before", async () => {
        await expect(store.until(NAME, otherThan(ABSENT), AbortSignal.abort(new Error("gone")))).rejects.toThrowError(
          "gone",
        );
      });

      test("ends when the store closes", async () => {
        const waiting = store.until(NAME, otherThan(ABSENT), forever);
        const refused = expect(waiting).rejects.toThrowError(code("store_unavailable"));
        await store.close();
        await refused;
      });
    });

    test("a closed store says that it is away", async () => {
      await store.close();
      await expect(store.read(NAME)).rejects.toThrowError(code("store_unavailable"));
      await expect(store.until(NAME, otherThan(ABSENT), new AbortController().signal)).rejects.toThrowError(
        code("store_unavailable"),
      );
    });
  });
}
