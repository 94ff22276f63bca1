import { afterEach, expect, test, vi } from "vitest";
import { forgetAt } from "../../src/channel/lifetime.js";
import { MemoryStore } from "../../src/channel/memory-store.js";
import { AWAY, code, NAME, NOW, opened } from "./fixtures.js";
import { storeContract } from "./store-contract.js";

storeContract("the memory store", () => {
  let now = NOW;
  const store = new MemoryStore({ now: () => now });
  return Promise.resolve({ store, setTime: (time) => void (now = time) });
});

afterEach(() => {
  vi.useRealTimers();
});

test("what is past its time is let go of without being asked for", async () => {
  vi.useFakeTimers();
  let now = NOW;
  const store = new MemoryStore({ now: () => now });
  await store.create(opened, 10);
  now = forgetAt(opened);
  vi.advanceTimersByTime(60_000);
  now = NOW; // Were it only hidden, it would be back.
  expect(await store.read(NAME)).toBeUndefined();
  await store.close();
});

test("a channel whose sender's address changed counts there", async () => {
  const store = new MemoryStore({ now: () => NOW });
  const stored = await store.create(opened, 1);
  if (typeof stored === "string") throw new Error(stored);
  await store.compareAndSet(stored.version, { ...opened, sender: { ...opened.sender, address: AWAY } }, 1);
  expect(typeof (await store.create({ ...opened, name: "free" as typeof NAME }, 1))).toBe("object");
  await store.close();
});

test("a full store takes no new channel, and goes on with those that it has", async () => {
  const store = new MemoryStore({ now: () => NOW, maxChannels: 1 });
  const stored = await store.create(opened, 10);
  if (typeof stored === "string") throw new Error(stored);
  await expect(store.create({ ...opened, name: "free" as typeof NAME }, 10)).rejects.toThrowError(
    code("store_unavailable"),
  );
  expect(await store.compareAndSet(stored.version, { ...opened, round: 2 }, 10)).toMatchObject({
    channel: { round: 2 },
  });
  await store.close();
});
