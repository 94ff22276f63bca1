import { describe, expect, test } from "vitest";
import { MemoryStore } from "../../src/channel/memory-store.js";
import { STAPLER, bearer, startRelay, type Answer, type Peer, type TestRelay } from "./support.js";

const S = "sender-uuid-0123456789";
const R = "recipient-uuid-0123456";

/** A store that says when somebody waits, so that no test has to sleep. */
class WatchedStore extends MemoryStore {
  #waiting = 0;
  readonly #arrivals: (() => void)[] = [];

  constructor() {
    super({ now: Date.now });
  }

  override async until(...args: Parameters<MemoryStore["until"]>): ReturnType<MemoryStore["until"]> {
    this.#waiting += 1;
    for (const arrived of this.#arrivals.splice(0)) arrived();
    try {
      return await super.until(...args);
    } finally {
      this.#waiting -= 1;
      for (const arrived of this.#arrivals.splice(0)) arrived();
    }
  }

  async untilWaiting(count: number): Promise<void> {
    while (this.#waiting !== count) await new Promise<void>((resolve) => this.#arrivals.push(resolve));
  }
}

interface World extends TestRelay {
  readonly store: WatchedStore;
  readonly sender: Peer;
  readonly recipient: Peer;
}

async function startWorld(options: Parameters<typeof startRelay>[0] = {}): Promise<World> {
  const store = new WatchedStore();
  const world = await startRelay({ store, ...options });
  return { ...world, store, sender: world.at("127.0.0.1"), recipient: world.at("127.0.0.2") };
}

/** Starts a call, waits until it waits, acts, and gives its answer. */
async function meanwhile(world: World, call: Promise<Answer>, act: () => Promise<unknown>): Promise<Answer> {
  await world.store.untilWaiting(1);
  await act();
  return call;
}

const openX = async ({ sender }: World): Promise<void> => {
  await sender.post("/open", { channel: "4821" }, bearer(S));
  await sender.post("/channel/4821", { x: "x", curve: "p557" }, bearer(S));
};
const join = ({ recipient }: World) => recipient.post("/open", { channel: "4821", role: "recipient" }, bearer(R));
const postY = ({ recipient }: World) => recipient.post("/channel/4821", { y: "y", hh_k: "hh" }, bearer(R));
const postHk = ({ sender }: World) => sender.post("/sender/4821/h_k", { h_k: "h" }, bearer(S));

describe("a waiting call is answered as soon as the other side acts", () => {
  test("getChannel, for the channel and for x", async () => {
    const world = await startWorld();
    const answer = await meanwhile(world, world.recipient.get("/channel/4821?wait=30"), () => openX(world));
    expect(answer).toMatchObject({ status: 200, body: { x: "x", message: "updated x" } });
    expect(answer.body.uuid).toBeDefined();
  });

  test("a recipient's openChannel, by the query and by Prefer", async () => {
    for (const [query, headers] of [
      ["?wait=30", {}],
      ["", { Prefer: "respond-async, wait=30" }],
      ["", { Prefer: 'wait="30"' }],
    ] as const) {
      const world = await startWorld();
      const open = world.recipient.post(
        `/open${query}`,
        { channel: "4821", role: "recipient" },
        { ...bearer(R), ...headers },
      );
      expect(await meanwhile(world, open, () => openX(world))).toMatchObject({
        status: 200,
        body: { x: "x", uuid: R, role: "recipient" },
      });
    }
  });

  test("getY, getHk and isReady", async () => {
    const world = await startWorld();
    await openX(world);
    await join(world);
    const y = await meanwhile(world, world.sender.get("/sender/4821/y?wait=30", bearer(S)), () => postY(world));
    expect(y.body).toMatchObject({ y: "y", hh_k: "hh" });
    const hK = await meanwhile(world, world.recipient.get("/recipient/4821/h_k?wait=30", bearer(R)), () =>
      postHk(world),
    );
    expect(hK.body).toMatchObject({ h_k: "h" });
    const ready = world.sender.get("/sender/4821/isready?wait=30", bearer(S));
    const stapled = { stapler: STAPLER, channel: "4821", round: 1 };
    const answer = await meanwhile(world, ready, async () => world.internal.stapled.mutate(stapled));
    expect(answer.body).toMatchObject({ ready: true, message: "is ready" });
  });
});

describe("a waiting call ends", () => {
  test("with not_yet, or not ready, when its time is over", async () => {
    const world = await startWorld();
    await openX(world);
    const [y, ready, unknown] = await Promise.all([
      world.sender.get("/sender/4821/y?wait=1", bearer(S)),
      world.sender.get("/sender/4821/isready?wait=1", bearer(S)),
      world.recipient.get("/channel/9999?wait=1"),
    ]);
    expect(y).toMatchObject({ status: 404, body: { code: "not_yet" } });
    expect(ready).toMatchObject({ status: 200, body: { ready: false, message: "not ready" } });
    expect(unknown).toMatchObject({ status: 404, body: { code: "unknown_channel" } });
  });

  test("with round_over when its round ends, also for a recipient that lost its seat with it", async () => {
    const world = await startWorld();
    await openX(world);
    await join(world);
    await postY(world);
    const again = () => world.sender.post("/open", { channel: "4821" }, bearer(S));
    const waiting = world.recipient.get("/recipient/4821/h_k?wait=30", bearer(R));
    expect(await meanwhile(world, waiting, again)).toMatchObject({
      status: 409,
      body: { code: "round_over", round: 2 },
    });
  });

  test("with round_over for the sender when the recipient starts the next round", async () => {
    const world = await startWorld();
    await openX(world);
    await join(world);
    await postY(world);
    await postHk(world);
    const ready = world.sender.get("/sender/4821/isready?wait=30", bearer(S));
    expect(await meanwhile(world, ready, () => join(world))).toMatchObject({
      status: 409,
      body: { code: "round_over", round: 2 },
    });
  });

  test("with closed when the channel is closed", async () => {
    const world = await startWorld();
    await openX(world);
    const y = world.sender.get("/sender/4821/y?wait=30", bearer(S));
    expect(await meanwhile(world, y, () => world.sender.get("/close/4821?reason=cancelled", bearer(S)))).toMatchObject({
      status: 410,
      body: { code: "closed", reason: "cancelled" },
    });
  });

  test("when its client goes away: the place is free again", async () => {
    const world = await startWorld({ waiters: { perChannel: 1, inAll: 1 } });
    await openX(world);
    const controller = new AbortController();
    const left = world.sender.call("GET", "/sender/4821/y?wait=30", { headers: bearer(S), signal: controller.signal });
    await world.store.untilWaiting(1);
    expect(await world.sender.get("/sender/4821/y?wait=30", bearer(S))).toMatchObject({
      status: 429,
      body: { code: "too_many_waiters" },
    });
    controller.abort();
    await expect(left).rejects.toMatchObject({ code: "ABORT_ERR" });
    await world.store.untilWaiting(0);
    const next = world.sender.get("/sender/4821/y?wait=30", bearer(S));
    expect(await meanwhile(world, next, () => join(world).then(() => postY(world)))).toMatchObject({ status: 200 });
  });

  test("with 503 when the relay stops", async () => {
    const world = await startWorld();
    await openX(world);
    const waiting = world.sender.get("/sender/4821/y?wait=30", bearer(S));
    const answer = await meanwhile(world, waiting, () => world.relay.close({ graceMs: 5000 }));
    expect(answer).toMatchObject({ status: 503, body: { code: "shutting_down" } });
    expect(answer.headers["retry-after"]).toBeDefined();
  });
});

describe("waiters are bounded", () => {
  test("on one channel: the newest is refused, nobody is thrown out, other channels are free", async () => {
    const world = await startWorld({ waiters: { perChannel: 2, inAll: 10 } });
    await openX(world);
    const first = world.sender.get("/sender/4821/y?wait=30", bearer(S));
    const second = world.sender.get("/sender/4821/y?wait=30", bearer(S));
    await world.store.untilWaiting(2);
    const third = await world.sender.get("/sender/4821/y?wait=30", bearer(S));
    expect(third).toMatchObject({ status: 429, body: { code: "too_many_waiters" } });
    expect(Number(third.headers["retry-after"])).toBeGreaterThan(0);
    expect((await world.sender.get("/sender/4821/y", bearer(S))).body.code).toBe("not_yet");
    const elsewhere = world.recipient.get("/channel/9999?wait=30");
    await world.store.untilWaiting(3);
    await join(world);
    await postY(world);
    expect((await first).status).toBe(200);
    expect((await second).status).toBe(200);
    await world.relay.close({ graceMs: 1000 });
    expect((await elsewhere).status).toBe(503);
  });

  test("of one address, so that a few of them cannot fill the house", async () => {
    const world = await startWorld({ waiters: { perAddress: 1 } });
    const first = world.recipient.get("/channel/9998?wait=30");
    await world.store.untilWaiting(1);
    expect(await world.recipient.get("/channel/9999?wait=30")).toMatchObject({
      status: 429,
      body: { code: "too_many_waiters" },
    });
    const elsewhere = world.sender.get("/channel/9999?wait=30");
    await world.store.untilWaiting(2);
    await world.relay.close({ graceMs: 1000 });
    expect([(await first).status, (await elsewhere).status]).toEqual([503, 503]);
  });

  test("in all", async () => {
    const world = await startWorld({ waiters: { perChannel: 10, inAll: 1 } });
    const first = world.recipient.get("/channel/9998?wait=30");
    await world.store.untilWaiting(1);
    expect(await world.recipient.get("/channel/9999?wait=30")).toMatchObject({
      status: 429,
      body: { code: "too_many_waiters" },
    });
    await world.relay.close({ graceMs: 1000 });
    expect((await first).status).toBe(503);
  });
});

test.each(["-1", "31", "1.5", "abc", "", "1e1", "0x1", "9".repeat(400)])(
  "wait=%s is 400, in the query and as Prefer",
  async (value) => {
    const world = await startWorld();
    await openX(world);
    const answer = await world.sender.get(`/sender/4821/y?wait=${encodeURIComponent(value)}`, bearer(S));
    expect(answer).toMatchObject({ status: 400, body: { code: "bad_request", issues: [{ path: ["wait"] }] } });
    expect((await world.sender.get("/sender/4821/y", { ...bearer(S), Prefer: `wait=${value}` })).status).toBe(400);
  },
);

test("wait twice is 400; a wait that a route does not take is ignored, and so is another Prefer", async () => {
  const world = await startWorld();
  await openX(world);
  expect((await world.sender.get("/sender/4821/y?wait=1&wait=2", bearer(S))).status).toBe(400);
  expect((await world.sender.get("/sender/4821/open?wait=99", bearer(S))).body.code).toBe("out_of_order");
  expect((await world.sender.get("/sender/4821/y", { ...bearer(S), Prefer: "return=minimal" })).body.code).toBe(
    "not_yet",
  );
});

test("before x the sender reads nothing either, and a name that cools down may yet be opened", async () => {
  let now = Date.now();
  const world = await startWorld({ clock: () => now });
  await world.sender.post("/open", { channel: "4821" }, bearer(S));
  expect((await world.sender.get("/channel/4821", bearer(S))).body.code).toBe("not_yet");
  expect((await world.recipient.get("/channel/4821")).body.code).toBe("not_yet");
  await world.sender.get("/close/4821", bearer(S));
  now += 11 * 60_000;
  const answer = await meanwhile(world, world.recipient.get("/channel/4821?wait=30"), () => openX(world));
  expect(answer).toMatchObject({ status: 200, body: { round: 2, x: "x" } });
});

test("who waits keeps the channel alive, and its address counts", async () => {
  let now = Date.now();
  const world = await startRelay({ clock: () => now });
  const sender = world.at("127.0.0.1");
  await sender.post("/open", { channel: "4821" }, bearer(S));
  for (let minutes = 0; minutes < 60; minutes += 10) {
    now += 10 * 60_000;
    expect((await sender.get("/sender/4821/y", bearer(S))).body.code).toBe("not_yet");
  }
  now += 16 * 60_000;
  expect((await sender.get("/sender/4821/y", bearer(S))).body.code).toBe("unknown_channel");
});
