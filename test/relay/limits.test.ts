import { describe, expect, test } from "vitest";
import { addressKey } from "../../src/channel/address.js";
import { Proxies } from "../../src/relay/http/proxies.js";
import { takeFreeName } from "../../src/relay/free-names.js";
import type { ChannelName } from "../../src/protocol/names.js";
import { bearer, startRelay } from "./support.js";

const HERE = "127.0.0.1";

describe("requests of one address", () => {
  test("are counted; the headers tell how many are left, and 429 when to come again", async () => {
    const world = await startRelay({ rateLimit: { perMinute: 60, burst: 3 } });
    const peer = world.at(HERE);
    for (const left of [2, 1, 0]) {
      const answer = await peer.post("/open", {});
      expect(answer.status).toBe(200);
      expect(answer.headers["ratelimit-policy"]).toBe('"address";q=3;w=3');
      expect(answer.headers["ratelimit"]).toMatch(new RegExp(`^"address";r=${left};t=[123]$`));
    }
    const refused = await peer.get("/channel/4821");
    expect(refused).toMatchObject({ status: 429, body: { code: "rate_limited", limit: 60 } });
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(refused.headers["ratelimit"]).toMatch(/^"address";r=0;t=[123]$/);
    expect((await peer.get("/docs")).status).toBe(429);
    expect((await world.at("127.0.0.2").get("/channel/4821")).status).toBe(404);
  });

  test("a flood of GET /health counts like every other request", async () => {
    const world = await startRelay({ rateLimit: { perMinute: 60, burst: 2 } });
    const peer = world.at(HERE);
    expect((await peer.get("/health")).status).toBe(200);
    expect((await peer.get("/health")).status).toBe(200);
    expect(await peer.get("/health")).toMatchObject({ status: 429, body: { code: "rate_limited" } });
    expect((await world.at("127.0.0.2").get("/health")).status).toBe(200);
  });

  test("every call of a tRPC batch counts", async () => {
    const peer = (await startRelay({ rateLimit: { perMinute: 60, burst: 10 } })).at(HERE);
    const batch = (calls: number) => peer.get(`/trpc/${Array(calls).fill("health").join(",")}?batch=1`);
    expect((await batch(6)).status).toBe(200);
    expect((await batch(6)).status).toBe(429);
  });

  test("a small limit has a small burst, and off lifts it", async () => {
    const few = (await startRelay({ rateLimit: { perMinute: 2, burst: 200 } })).at(HERE);
    const statuses: number[] = [];
    for (let call = 0; call < 3; call += 1) statuses.push((await few.get("/channel/4821")).status);
    expect(statuses).toEqual([404, 404, 429]);
    const many = (await startRelay({ rateLimit: "off" })).at(HERE);
    const answers = await Promise.all(Array.from({ length: 300 }, () => many.get("/channel/4821")));
    expect(answers.every(({ status }) => status === 404)).toBe(true);
    expect((await many.post("/open", {})).headers["ratelimit"]).toBeUndefined();
  });

  test("a spread over one /64 of IPv6 is one address", async () => {
    const world = await startRelay({ rateLimit: { perMinute: 60, burst: 2 }, trustProxy: [HERE] });
    const from = (address: string) => world.at(HERE).get("/channel/4821", { "X-Forwarded-For": address });
    expect((await from("2001:db8::1")).status).toBe(404);
    expect((await from("2001:db8::2")).status).toBe(404);
    expect((await from("2001:db8::3")).status).toBe(429);
    expect((await from("2001:db8:0:1::1")).status).toBe(404);
  });
});

test("one address has only so many channels open; a closed one makes room", async () => {
  const world = await startRelay({ maxOpenPerAddress: 2 });
  const peer = world.at(HERE);
  const first = await peer.post("/open", {});
  expect((await peer.post("/open", { channel: "mine" })).status).toBe(200);
  for (const body of [{}, { channel: "more" }]) {
    expect(await peer.post("/open", body)).toMatchObject({
      status: 429,
      body: { code: "too_many_channels", limit: 2 },
    });
  }
  expect((await world.at("127.0.0.2").post("/open", {})).status).toBe(200);
  await peer.post(`/close/${first.body.channel}`, {}, bearer(first.body.uuid));
  expect((await peer.post("/open", {})).status).toBe(200);
});

test("every limit is told by health", async () => {
  const defaults = await startRelay({ rateLimit: { perMinute: 600, burst: 200 } });
  expect((await defaults.at(HERE).get("/health")).body).toMatchObject({
    version: "0.0.0",
    limits: {
      requests_per_minute: 600,
      burst: 200,
      channels_per_address: 50,
      waiters_per_channel: 32,
      waiters_per_address: 200,
      body_bytes: 16_384,
      wait_seconds: 30,
      idle_seconds: 900,
    },
  });
  const lifted = await startRelay({ rateLimit: "off", maxOpenPerAddress: Infinity });
  expect((await lifted.at(HERE).get("/health")).body).toMatchObject({
    limits: { requests_per_minute: null, burst: null, channels_per_address: null, waiters_per_address: null },
  });
});

describe("names that the relay gives", () => {
  test("are decimal, have four digits at least, and are not the same twice", async () => {
    const peer = (await startRelay()).at(HERE);
    const names = new Set<string>();
    for (let opened = 0; opened < 40; opened += 1) {
      const { channel = "" } = (await peer.post("/open", {})).body;
      expect(channel).toMatch(/^[1-9]\d{3}$/);
      names.add(channel);
    }
    expect(names.size).toBe(40);
  });

  /** The names that come when so many of each length are in use already. */
  async function lengthWith(inUse: Readonly<Record<number, number>>): Promise<number> {
    const random = (length: number) => new Uint8Array(length).fill(7);
    const name = await takeFreeName(
      random,
      (length) => Promise.resolve(inUse[length] ?? 0),
      (taken) => Promise.resolve(taken),
    );
    return name.length;
  }

  test("never fill more than one in a hundred of a length", async () => {
    expect(await lengthWith({})).toBe(4);
    expect(await lengthWith({ 4: 89 })).toBe(4);
    expect(await lengthWith({ 4: 90 })).toBe(5);
    expect(await lengthWith({ 4: 90, 5: 900 })).toBe(6);
  });

  test("are uniform: what would favour some is thrown again", async () => {
    const throws = [new Uint8Array(6).fill(255), new Uint8Array(6)];
    const asked: string[] = [];
    const name = await takeFreeName(
      () => throws.shift() ?? new Uint8Array(6),
      () => Promise.resolve(0),
      (taken) => {
        asked.push(taken);
        return Promise.resolve(taken);
      },
    );
    expect([name, asked, throws]).toEqual(["1000", ["1000"], []]);
  });

  test("a taken one is not given, and a store without a free one is at fault", async () => {
    const tried: ChannelName[] = [];
    const take = (name: ChannelName) => {
      tried.push(name);
      return Promise.resolve(tried.length < 3 ? undefined : name);
    };
    let byte = 0;
    const random = (length: number) => new Uint8Array(length).fill((byte += 1));
    expect(await takeFreeName(random, () => Promise.resolve(0), take)).toBe(tried[2]);
    await expect(
      takeFreeName(
        random,
        () => Promise.resolve(0),
        () => Promise.resolve(undefined),
      ),
    ).rejects.toMatchObject({ code: "store_unavailable" });
  });
});

describe("the address of a caller behind proxies", () => {
  const proxies = new Proxies(["10.0.0.0/8", "192.0.2.7", "2001:db8:ffff::/48"]);
  const key = (address: string) => addressKey(address);

  test.each([
    ["no header, no proxy", "198.51.100.1", {}, "198.51.100.1", true],
    ["a proxy without a header", "10.0.0.1", {}, "10.0.0.1", true],
    ["a stranger with a header", "198.51.100.1", { "x-forwarded-for": "203.0.113.9" }, "198.51.100.1", false],
    ["one hop", "10.0.0.1", { "x-forwarded-for": "203.0.113.9" }, "203.0.113.9", true],
    ["a mapped proxy address", "::ffff:10.0.0.1", { "x-forwarded-for": "203.0.113.9" }, "203.0.113.9", true],
    ["two hops", "10.0.0.1", { "x-forwarded-for": "203.0.113.9, 192.0.2.7" }, "203.0.113.9", true],
    [
      "a claim before the last hop",
      "10.0.0.1",
      { "x-forwarded-for": "127.0.0.1, 203.0.113.9, 10.9.9.9" },
      "203.0.113.9",
      true,
    ],
    ["proxies only", "10.0.0.1", { "x-forwarded-for": "10.0.0.2, 10.0.0.3" }, "10.0.0.2", true],
    ["a port", "10.0.0.1", { "x-forwarded-for": "203.0.113.9:4711" }, "203.0.113.9", true],
    ["IPv6 in brackets with a port", "10.0.0.1", { "x-forwarded-for": "[2001:db8::1]:4711" }, "2001:db8::1", true],
    ["IPv6 and an IPv6 proxy", "2001:db8:ffff::1", { "x-forwarded-for": "2001:db8::1" }, "2001:db8::1", true],
    ["Forwarded", "10.0.0.1", { forwarded: 'proto=https;For="[2001:db8::1]:4711";by=10.0.0.1' }, "2001:db8::1", true],
    ["Forwarded with two elements", "10.0.0.1", { forwarded: "for=203.0.113.9, for=10.2.2.2" }, "203.0.113.9", true],
    [
      "both headers that agree",
      "10.0.0.1",
      { "x-forwarded-for": "203.0.113.9", forwarded: "for=203.0.113.9" },
      "203.0.113.9",
      true,
    ],
    ["a hidden address", "10.0.0.1", { forwarded: "for=_hidden" }, "10.0.0.1", false],
    ["an element without for", "10.0.0.1", { forwarded: "proto=https" }, "10.0.0.1", false],
    ["an empty header", "10.0.0.1", { "x-forwarded-for": "" }, "10.0.0.1", false],
    ["garbage in the last place", "10.0.0.1", { "x-forwarded-for": "203.0.113.9, x" }, "10.0.0.1", false],
    ["only a header that is not read", "10.0.0.1", { "x-real-ip": "203.0.113.9" }, "10.0.0.1", false],
    ["no socket any more", undefined, {}, "0.0.0.0", true],
  ] as const)("%s", (_what, remote, headers, address, reliable) => {
    expect(proxies.origin(remote, headers)).toEqual({ address: key(address), reliable });
  });

  test.each([
    ["another Forwarded than X-Forwarded-For", { "x-forwarded-for": "203.0.113.9", forwarded: "for=203.0.113.8" }],
    ["a Forwarded that cannot be read", { "x-forwarded-for": "203.0.113.9", forwarded: "for=_hidden" }],
    [
      "a Forwarded with an X-Forwarded-For that cannot be read",
      { "x-forwarded-for": "x", forwarded: "for=203.0.113.9" },
    ],
  ])("a client that adds %s behind a proxy is refused, and does not become the proxy", (_what, headers) => {
    expect(() => proxies.origin("10.0.0.1", headers)).toThrow(
      expect.objectContaining({
        code: "bad_request",
        message: "the proxy passes on a forwarding header that it does not write",
      }),
    );
    // From a stranger neither counts, as before.
    expect(proxies.origin("198.51.100.1", headers)).toEqual({ address: key("198.51.100.1"), reliable: false });
  });

  test.each(["", "10.0.0", "10.0.0.0/33", "10.0.0.0/8/8", "10.0.0.0/-1", "localhost", "2001:db8::/129", "10.0.0.0/x"])(
    "%j is no proxy",
    (entry) => {
      expect(() => new Proxies([entry])).toThrow(expect.objectContaining({ code: "usage" }));
    },
  );
});
