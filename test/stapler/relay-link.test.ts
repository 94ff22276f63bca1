import { TRPCClientError } from "@trpc/client";
import { describe, expect, test } from "vitest";
import { STAPLER_ERROR_CODES } from "../../src/protocol/hello-line.js";
import type { ChannelName, Role, Uuid } from "../../src/protocol/names.js";
import { PROBLEMS } from "../../src/protocol/problem.js";
import type { Hello, Release } from "../../src/stapler/admission.js";
import type { InternalRouter } from "../../src/relay/internal/router.js";
import type { RelayCalls } from "../../src/stapler/relay-calls.js";
import { whyAway } from "../../src/stapler/relay-client.js";
import { RelayLink, type RelayLinkOptions } from "../../src/stapler/relay-link.js";
import { FakeRelay } from "./fake-relay.js";
import { HK, ManualClock, UUID, deferred, roundOf, until } from "./fixtures.js";

const ADVERTISE = { host: null, port: 8154 };
const HEARTBEAT_MS = 10_000;

function line(role: Role, channel = "4821", uuid: Uuid | undefined = UUID): Hello {
  return { role, channel: channel as ChannelName, uuid, hK: HK };
}

interface Linked extends AsyncDisposable {
  readonly relay: FakeRelay;
  readonly link: RelayLink;
  readonly clock: ManualClock;
  /** `up`, `away`. */
  readonly states: string[];
  readonly reasons: (string | undefined)[];
  /** What came over `releases`. */
  readonly released: Release[];
}

async function linked(
  how: "http" | "local" = "http",
  options: Partial<RelayLinkOptions> = {},
  calls: (relay: FakeRelay) => RelayCalls = (relay) => (how === "http" ? relay.calls() : relay.localCalls()),
): Promise<Linked> {
  const relay = new FakeRelay();
  if (how === "http") await relay.start();
  const clock = new ManualClock();
  const states: string[] = [];
  const reasons: (string | undefined)[] = [];
  const released: Release[] = [];
  const onState = (state: string, reason: string | undefined): void => {
    states.push(state);
    reasons.push(reason);
  };
  const link = new RelayLink({ calls: calls(relay), id: "s1", clock, onState, ...options });
  const end = new AbortController();
  const reading = (async () => {
    for await (const release of link.releases(end.signal)) released.push(release);
  })();
  const stop = async (): Promise<void> => {
    end.abort();
    link.close();
    await reading;
    await relay[Symbol.asyncDispose]();
  };
  return { relay, link, clock, states, reasons, released, [Symbol.asyncDispose]: stop };
}

describe.each(["http", "local"] as const)("a relay link over %s", (how) => {
  test("registers with its name and address, then listens, and registers again three times within a lease", async () => {
    await using here = await linked(how);
    expect(here.link.state).toBe("away");
    await here.link.start(ADVERTISE);
    expect(here.link.state).toBe("up");
    await here.relay.hears("releases s1");
    expect(here.relay.heard).toEqual(["register s1", "releases s1"]);
    expect(here.relay.inputs[0]).toEqual({ id: "s1", advertise: ADVERTISE });
    for (const times of [2, 3, 4]) {
      here.clock.pass(HEARTBEAT_MS - 1);
      expect(here.relay.count("register s1")).toBe(times - 1);
      here.clock.pass(1);
      await here.relay.hears("register s1", times);
      await until(() => here.clock.timers > 0);
    }
    expect(here.states).toEqual(["up"]);
    expect(here.relay.count("releases s1")).toBe(1);
  });

  test("asks for admission with all that the line says, and answers with the round", async () => {
    await using here = await linked(how);
    await here.link.start(ADVERTISE);
    here.relay.verdict = () => 3;
    expect(await here.link.admit(line("sender"), "192.0.2.1")).toEqual({ channel: "4821", round: 3 });
    const asked = { stapler: "s1", role: "sender", channel: "4821", uuid: UUID, h_k: HK, address: "192.0.2.1" };
    expect(here.relay.inputs).toContainEqual(asked);
    await here.link.admit({ ...line("recipient"), uuid: undefined }, "192.0.2.2");
    expect(here.relay.inputs).toContainEqual({ ...asked, role: "recipient", uuid: null, address: "192.0.2.2" });
  });

  test.each([
    ...STAPLER_ERROR_CODES.map((code) => [code, code] as const),
    ["channel_full", "full"],
    ["internal", "unavailable"],
    ["store_unavailable", "unavailable"],
    ["not_registered", "unavailable"],
  ] as const)("throws the relay's %s as %s", async (code, thrown) => {
    await using here = await linked(how);
    await here.link.start(ADVERTISE);
    expect(Object.keys(PROBLEMS)).toContain(code);
    here.relay.verdict = () => code;
    await expect(here.link.admit(line("sender"), "192.0.2.1")).rejects.toMatchObject({
      name: "DuetError",
      code: thrown,
    });
  });

  test("reports splices and ends, and hears of rounds that ended", async () => {
    await using here = await linked(how);
    await here.link.start(ADVERTISE);
    await here.relay.hears("releases s1");
    await here.link.stapled(roundOf());
    await here.link.ended(roundOf());
    await here.link.ended(roundOf("4821", 2), "recipient");
    expect(here.relay.heard.slice(2)).toEqual(["stapled 4821 1", "ended 4821 1", "ended 4821 2 recipient"]);
    here.relay.release("4821", 2, "round_over");
    // Over HTTP anything may come; in one process the types hold.
    if (how === "http") here.relay.release("No Channel", 2, "closed");
    here.relay.release("9999", 1, "closed");
    await until(() => here.released.length === 2);
    expect(here.released).toEqual([
      { channel: "4821", round: 2, code: "round_over" },
      { channel: "9999", round: 1, code: "closed" },
    ]);
  });

  test("tells the relay things of one channel in their order, though an answer is slow, and asks only behind them", async () => {
    await using here = await linked(how);
    await here.link.start(ADVERTISE);
    await here.relay.hears("releases s1");
    const slow = deferred<undefined>();
    here.relay.trouble = (call) => (call === "stapled" ? slow.promise : undefined);
    const reports = [here.link.stapled(roundOf()), here.link.ended(roundOf())];
    const admitted = here.link.admit(line("sender"), "192.0.2.1");
    await here.relay.hears("stapled 4821 1");
    await here.link.admit(line("sender", "other"), "192.0.2.1");
    slow.resolve(undefined);
    await Promise.all([...reports, admitted]);
    expect(here.relay.heard.slice(2)).toEqual([
      "stapled 4821 1",
      "admit sender other",
      "ended 4821 1",
      "admit sender 4821",
    ]);
  });

  test("throws what the relay has against a report, and goes on", async () => {
    await using here = await linked(how);
    await here.link.start(ADVERTISE);
    here.relay.trouble = (call) => (call === "stapled" || call === "ended" ? "round_over" : undefined);
    await expect(here.link.stapled(roundOf())).rejects.toMatchObject({ code: "round_over" });
    await expect(here.link.ended(roundOf())).rejects.toMatchObject({ code: "round_over" });
    expect(here.link.state).toBe("up");
  });

  test("that the relay has forgotten registers at once, and tells it who is here", async () => {
    await using here = await linked(how);
    await here.link.start(ADVERTISE);
    await here.link.admit(line("sender", "waits"), "192.0.2.1");
    here.relay.forget();
    here.relay.verdict = (channel) => (channel === "new" ? "not_registered" : 1);
    await expect(here.link.admit(line("sender", "new"), "192.0.2.1")).rejects.toMatchObject({ code: "unavailable" });
    await here.relay.hears("register s1", 2);
    await here.relay.hears("admit sender waits", 2);
    expect(here.states).toEqual(["up"]);
  });

  test("that is closed calls no more", async () => {
    await using here = await linked(how);
    await here.link.start(ADVERTISE);
    await here.relay.hears("releases s1");
    here.link.close();
    here.clock.pass(10 * HEARTBEAT_MS);
    expect(here.relay.heard).toEqual(["register s1", "releases s1"]);
    expect(here.states).toEqual(["up"]);
  });

  test("whose stream of releases ends registers at once and opens another", async () => {
    await using here = await linked(how);
    await here.link.start(ADVERTISE);
    await here.relay.hears("releases s1");
    await until(() => here.clock.timers > 0);
    here.relay.endStreams();
    await here.relay.hears("releases s1", 2);
    expect(here.relay.heard).toEqual(["register s1", "releases s1", "register s1", "releases s1"]);
    expect(here.states).toEqual(["up"]);
  });
});

describe("while the relay is away", () => {
  test("nobody is admitted, and the relay is asked at growing distances until it is back", async () => {
    await using here = await linked();
    await here.link.start(ADVERTISE);
    await here.relay.hears("releases s1");
    await here.relay.stop();
    await until(() => here.link.state === "away");
    await expect(here.link.admit(line("sender"), "192.0.2.1")).rejects.toMatchObject({ code: "unavailable" });
    for (let tries = 0; tries < 8; tries += 1) {
      await until(() => here.clock.timers > 0);
      here.clock.pass(10_000);
    }
    await here.relay.start();
    await until(() => here.clock.timers > 0);
    here.clock.pass(10_000);
    await until(() => here.link.state === "up");
    expect(here.states).toEqual(["up", "away", "up"]);
    expect(here.reasons[1]).toMatch(/./);
    expect(await here.link.admit(line("sender"), "192.0.2.1")).toEqual(roundOf());
  });

  test("the distances double up to the longest, none shorter than half of it", async () => {
    const waits: number[] = [];
    const clock = new ManualClock();
    const recording = {
      after: (ms: number, run: () => void) => {
        waits.push(ms);
        return clock.after(ms, run);
      },
    };
    await using here = await linked("http", { clock: recording, retryMs: { first: 100, most: 1_000 } });
    await here.relay.stop();
    void here.link.start(ADVERTISE);
    for (let tries = 1; tries <= 6; tries += 1) {
      await until(() => waits.length === tries);
      clock.pass(1_000);
    }
    for (const [index, most] of [100, 200, 400, 800, 1_000, 1_000].entries()) {
      expect(waits[index]).toBeLessThanOrEqual(most);
      expect(waits[index]).toBeGreaterThanOrEqual(most / 2);
    }
  });

  test("what ended is told when it is back, before anyone is admitted; who waits and who is spliced is announced", async () => {
    await using here = await linked();
    await here.link.start(ADVERTISE);
    await here.relay.hears("releases s1");
    for (const channel of ["waits", "spliced", "leaves", "breaks"])
      await here.link.admit(line("sender", channel), "192.0.2.1");
    for (const channel of ["spliced", "breaks"]) {
      await here.link.admit(line("recipient", channel), "192.0.2.2");
      await here.link.stapled(roundOf(channel));
    }
    await here.relay.stop();
    await until(() => here.link.state === "away");
    // Reports do not fail for it: they are kept.
    await here.link.ended(roundOf("leaves"), "sender");
    await here.link.ended(roundOf("breaks"));
    await here.link.stapled(roundOf("spliced"));
    here.relay.heard.length = 0;
    await here.relay.start();
    await until(() => here.clock.timers > 0);
    here.clock.pass(10_000);
    await until(() => here.link.state === "up");
    await here.relay.hears("stapled spliced 1");
    await here.relay.hears("admit sender waits");
    expect(here.relay.heard.slice(0, 3)).toEqual(["register s1", "ended leaves 1 sender", "ended breaks 1"]);
    expect(here.relay.heard.slice(3).toSorted()).toEqual([
      "admit recipient spliced",
      "admit sender spliced",
      "admit sender waits",
      "releases s1",
      "stapled spliced 1",
    ]);
    expect(here.released).toEqual([]);
  });

  test("an end that cannot be told even then is kept, and told the next time", async () => {
    await using here = await linked();
    await here.link.start(ADVERTISE);
    await here.relay.hears("releases s1");
    await here.relay.stop();
    await until(() => here.link.state === "away");
    for (const channel of ["one", "two", "three"]) await here.link.ended(roundOf(channel), "sender");
    let trouble: "internal" | "closed" | undefined = "closed";
    here.relay.trouble = (call) => {
      const now = trouble;
      if (call === "ended") trouble = trouble === "closed" ? "internal" : undefined;
      return call === "ended" ? now : undefined;
    };
    await here.relay.start();
    here.relay.heard.length = 0;
    await until(() => here.clock.timers > 0);
    here.clock.pass(10_000);
    await here.relay.hears("ended three 1 sender");
    // The first was refused, and so is told; the second failed, and so comes again with those behind it.
    expect(here.relay.heard.filter((heard) => heard.startsWith("ended"))).toEqual([
      "ended one 1 sender",
      "ended two 1 sender",
      "ended two 1 sender",
      "ended three 1 sender",
    ]);
  });

  test("an end whose report fails on the way is told again", async () => {
    await using here = await linked();
    await here.link.start(ADVERTISE);
    await here.relay.hears("releases s1");
    here.relay.forget();
    let first = true;
    here.relay.trouble = (call) => {
      if (call !== "ended" || !first) return undefined;
      first = false;
      return "not_registered";
    };
    await expect(here.link.ended(roundOf(), "sender")).rejects.toMatchObject({ code: "unavailable" });
    await here.relay.hears("ended 4821 1 sender", 2);
  });
});

test("a round that ends while others are being announced is not announced any more", async () => {
  await using here = await linked();
  await here.link.start(ADVERTISE);
  await here.relay.hears("releases s1");
  // One more than are announced at the same time; the last that was admitted comes first.
  const channels = Array.from({ length: 9 }, (_, index) => `c${index}`);
  for (const channel of channels) await here.link.admit(line("sender", channel), "192.0.2.1");
  const slow = deferred<number>();
  here.relay.verdict = () => slow.promise;
  here.relay.forget();
  here.relay.breakStreams();
  await here.relay.hears("admit sender c1", 2);
  await here.link.ended(roundOf("c0"), "sender");
  slow.resolve(1);
  await here.link.admit(line("sender", "c8"), "192.0.2.1");
  await here.link.admit(line("sender", "c1"), "192.0.2.1");
  expect(here.relay.count("admit sender c0")).toBe(1);
});

describe("a relay that is back, but does not know a round any more,", () => {
  test.each([
    ["closed", "closed"],
    ["unknown_channel", "round_over"],
    ["not_yours", "round_over"],
    [2, "round_over"],
  ] as const)("as %s: who waits in it gets %s, a splice goes on", async (verdict, code) => {
    await using here = await linked();
    await here.link.start(ADVERTISE);
    await here.relay.hears("releases s1");
    await here.link.admit(line("sender", "waits"), "192.0.2.1");
    await here.link.admit(line("sender", "spliced"), "192.0.2.1");
    await here.link.stapled(roundOf("spliced"));
    here.relay.verdict = (channel) => (channel === "new" ? "not_registered" : verdict);
    here.relay.forget();
    here.relay.breakStreams();
    await until(() => here.released.length > 0);
    await here.relay.hears("admit sender spliced", 2);
    expect(here.released).toEqual([{ ...roundOf("waits"), code }]);
    // It is not announced a second time.
    here.relay.forget();
    await expect(here.link.admit(line("sender", "new"), "192.0.2.1")).rejects.toMatchObject({ code: "unavailable" });
    await here.relay.hears("admit sender spliced", 3);
    expect(here.relay.count("admit sender waits")).toBe(2);
  });

  test("because it fails: nobody is let go", async () => {
    await using here = await linked();
    await here.link.start(ADVERTISE);
    await here.relay.hears("releases s1");
    await here.link.admit(line("sender"), "192.0.2.1");
    here.relay.forget();
    here.relay.verdict = () => "internal";
    here.relay.breakStreams();
    await here.relay.hears("admit sender 4821", 2);
    await here.relay.hears("register s1", 3);
    expect(here.released).toEqual([]);
  });

  test("because it said so before: it is not asked again", async () => {
    await using here = await linked();
    await here.link.start(ADVERTISE);
    await here.relay.hears("releases s1");
    await here.link.admit(line("sender"), "192.0.2.1");
    here.relay.release("4821", 1, "closed");
    await until(() => here.released.length === 1);
    here.relay.forget();
    here.relay.breakStreams();
    await here.relay.hears("releases s1", 2);
    expect(here.relay.count("admit sender 4821")).toBe(1);
  });
});

test("a relay that never answers counts as away after the time for a call", async () => {
  await using here = await linked("http", { callTimeoutMs: 500 });
  await here.link.start(ADVERTISE);
  here.relay.verdict = () => deferred<number>().promise;
  await expect(here.link.admit(line("sender"), "192.0.2.1")).rejects.toMatchObject({ code: "unavailable" });
  // It is asked at once whether it is there at all.
  await here.relay.hears("register s1", 2);
  await until(() => here.clock.timers > 0);
  const never = deferred<undefined>();
  here.relay.trouble = () => never.promise;
  here.clock.pass(HEARTBEAT_MS);
  await until(() => here.link.state === "away");
  never.resolve(undefined);
});

test("a wrong secret is never up, and says so", async () => {
  await using here = await linked("http", {}, (relay) => relay.calls("a guess"));
  const started = here.link.start(ADVERTISE);
  await until(() => here.clock.timers > 0);
  expect(here.link.state).toBe("away");
  expect(here.relay.heard).toEqual([]);
  here.link.close();
  await started;
});

describe("bug: a link that was never up told nobody why:", () => {
  test("a wrong secret at the start is told once, in the relay's words", async () => {
    await using here = await linked("http", {}, (relay) => relay.calls("a guess"));
    const started = here.link.start(ADVERTISE);
    await until(() => here.clock.timers > 0);
    expect(here.states).toEqual(["away"]);
    expect(here.reasons).toEqual(["not a stapler of this relay. Set the same DUET_STAPLER_SECRET on both."]);
    here.clock.pass(10_000);
    await until(() => here.clock.timers > 0);
    expect(here.states).toEqual(["away"]);
    here.link.close();
    await started;
  });

  test("a relay that is not there at the start is told once, and then that it came", async () => {
    await using here = await linked();
    await here.relay.stop();
    const started = here.link.start(ADVERTISE);
    await until(() => here.clock.timers > 0);
    expect(here.states).toEqual(["away"]);
    expect(here.reasons[0]).toMatch(/^the relay cannot be reached \(.*ECONNREFUSED.*\)\. Check the address /);
    await here.relay.start();
    here.clock.pass(10_000);
    await started;
    expect(here.states).toEqual(["away", "up"]);
  });

  test("a relay without a side door for staplers is told so", () => {
    const answer = { error: { message: "no such route", code: -32_004, data: { duet: { code: "unknown_route" } } } };
    // As the client makes it of an answer.
    const error = TRPCClientError.from<InternalRouter>(answer as never);
    expect(whyAway(error)).toBe("the relay takes no staplers. Set the same DUET_STAPLER_SECRET on both.");
  });
});

test("a stream that breaks at once is opened again at growing distances, while the relay counts as up", async () => {
  const waits: number[] = [];
  const clock = new ManualClock();
  const recording = {
    after: (ms: number, run: () => void) => {
      if (ms < HEARTBEAT_MS) waits.push(ms);
      return clock.after(ms, run);
    },
  };
  await using here = await linked("http", { clock: recording, retryMs: { first: 100, most: 1_000 } });
  here.relay.trouble = (call) => (call === "releases" ? "internal" : undefined);
  await here.link.start(ADVERTISE);
  // The first time at once: most often the relay has only restarted.
  await here.relay.hears("releases s1", 2);
  for (let tries = 1; tries <= 3; tries += 1) {
    await until(() => waits.length === tries);
    if (tries === 3) here.relay.trouble = () => undefined;
    clock.pass(waits[tries - 1]!);
    await here.relay.hears("releases s1", tries + 2);
  }
  for (const [index, most] of [100, 200, 400].entries()) {
    expect(waits[index]).toBeLessThanOrEqual(most);
    expect(waits[index]).toBeGreaterThanOrEqual(most / 2);
  }
  expect(here.states).toEqual(["up"]);
  here.relay.release("4821", 1, "closed");
  await until(() => here.released.length === 1);
  // When it has lived for a heartbeat, the next break is a first one again.
  clock.pass(HEARTBEAT_MS);
  await here.relay.hears("register s1", 6);
  await until(() => clock.timers > 0);
  here.relay.breakStreams();
  await here.relay.hears("releases s1", 6);
  expect(waits).toHaveLength(3);
});

test("a link that is closed while it registers says nothing more", async () => {
  await using here = await linked();
  const slow = deferred<undefined>();
  here.relay.trouble = () => slow.promise;
  const started = here.link.start(ADVERTISE);
  await here.relay.hears("register s1");
  using link = here.link;
  link.close();
  slow.resolve(undefined);
  await started;
  await new Promise((resolve) => setImmediate(resolve));
  expect(here.states).toEqual([]);
  expect(here.relay.heard).toEqual(["register s1"]);
});
