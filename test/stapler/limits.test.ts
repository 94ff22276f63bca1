import { describe, expect, test } from "vitest";
import { DuetError, type ProblemCode } from "../../src/protocol/problem.js";
import { Doors } from "../../src/stapler/doors.js";
import { defaultLimits } from "../../src/stapler/limits.js";
import { FORGIVE_MS, Refusals } from "../../src/stapler/refusals.js";
import { ManualClock, type TestStapler, hello, roundOf, testStapler, until } from "./fixtures.js";

/** So many connections that say nothing. */
async function silent(here: TestStapler, count: number, localAddress = "127.0.0.1"): Promise<void> {
  const before = here.stapler.counts().unadmitted;
  for (let index = 0; index < count; index += 1) here.peer("", { localAddress });
  await until(() => here.stapler.counts().unadmitted === before + count);
}

test("silent connections of one address beyond its share are told busy, and others are still served", async () => {
  await using here = await testStapler({ limits: { unadmittedPerAddress: 5 } });
  await silent(here, 5, "127.0.0.2");
  expect(await here.peer("", { localAddress: "127.0.0.2" }).line()).toMatch(/^error busy /);
  expect(await here.peer(hello("sender"), { localAddress: "127.0.0.3" }).line()).toBe("waiting");
});

test("silent connections of many addresses cannot take all places: those who were admitted stay", async () => {
  await using here = await testStapler({ limits: { unadmitted: 6 } });
  const [sender, recipient] = await here.pair();
  for (const last of [2, 3, 4]) await silent(here, 2, `127.0.0.${last}`);
  expect(await here.peer(hello("sender", "late"), { localAddress: "127.0.0.5" }).line()).toMatch(/^error busy /);
  sender.write("undisturbed");
  expect(String(await recipient.bytes(11))).toBe("undisturbed");
});

test("an address has only so many connections, admitted or not, and gets a place back when one ends", async () => {
  await using here = await testStapler({ limits: { connectionsPerAddress: 2 } });
  const [sender, recipient] = await here.pair();
  expect(await here.peer(hello("sender", "third")).line()).toMatch(/^error busy /);
  sender.end();
  recipient.end();
  await Promise.all([sender.rest(), recipient.rest()]);
  await until(() => here.stapler.counts().pairs === 0);
  await until(() => here.stapler.counts().connections <= 1);
  expect(await here.peer(hello("sender", "third")).line()).toBe("waiting");
});

test("at the limit of connections newcomers are told busy, up to 64 at a time, and then dropped", async () => {
  await using here = await testStapler({ limits: { connections: 2 } });
  const [sender, recipient] = await here.pair();
  // They read the answer and stay, so that each takes one of the places for refusing.
  for (let index = 0; index < 64; index += 1) expect(await here.peer().line()).toMatch(/^error busy /);
  expect(await here.peer(hello("sender", "late")).line()).toBeUndefined();
  expect(here.stapler.counts().connections).toBe(66);
  sender.write("undisturbed");
  expect(String(await recipient.bytes(11))).toBe("undisturbed");
  // A refused peer has 2 s.
  here.clock.pass(2_000);
  await until(() => here.stapler.counts().connections === 2);
  expect(await here.peer().line()).toMatch(/^error busy /);
});

test("a refused hello line counts as unadmitted until its connection is gone", async () => {
  await using here = await testStapler();
  here.admission.verdict = () => {
    throw new DuetError("not_yours");
  };
  const peer = here.peer(hello("sender"));
  expect(await peer.line()).toMatch(/^error not_yours /);
  expect(here.stapler.counts().unadmitted).toBe(1);
  peer.destroy();
  await until(() => here.stapler.counts().unadmitted === 0);
});

test("the defaults fit the files that a process may open, and leave room for honest peers", () => {
  const limits = defaultLimits();
  expect(limits.connections).toBeGreaterThanOrEqual(16);
  expect(limits.unadmitted).toBeLessThan(limits.connections);
  expect(limits.connectionsPerAddress).toBeLessThan(limits.connections);
  expect(limits.unadmittedPerAddress).toBeLessThanOrEqual(limits.unadmitted);
  expect(limits).toMatchObject({ helloTimeoutMs: 10_000, waitingTimeoutMs: 900_000, quietSpliceMs: 86_400_000 });
});

test.each([
  ["a process with few", "Max open files            100                  100                  files", 16],
  ["a process with some", "Max open files            1024                 4096                 files", 896],
  ["a process without a limit", "Max open files            unlimited            unlimited            files", 50_000],
  ["a table of another form", "Max file locks            unlimited            unlimited            locks", 10_112],
  ["no table", undefined, 10_112],
])("the number of connections fits %s", (_what, table, connections) => {
  const read = (): string => {
    if (table === undefined) throw new Error("ENOENT");
    return table;
  };
  expect(defaultLimits(read).connections).toBe(connections);
});

test.each([
  ["192.0.2.1", "::ffff:192.0.2.1"],
  ["192.0.2.1", "::ffff:c000:201"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::9"],
  ["2001:db8::9", "2001:db8::"],
  ["fe80::1%eth0", "fe80::2"],
])("bug: IPv4 mapped in hexadecimal was another address: %s and %s count as one", (one, other) => {
  const doors = new Doors({ ...defaultLimits(), connectionsPerAddress: 1 }, new ManualClock());
  expect(doors.enter(one)).toBeDefined();
  expect(doors.enter(other)).toBeUndefined();
});

test("two addresses of one /64 share its places, another /64 has its own", () => {
  const doors = new Doors({ ...defaultLimits(), connectionsPerAddress: 1 }, new ManualClock());
  const visit = doors.enter("2001:db8::1");
  expect(doors.enter("2001:db8::2")).toBeUndefined();
  expect(doors.enter("2001:db8:0:1::1")).toBeDefined();
  visit?.admitted();
  visit?.admitted();
  expect(doors).toMatchObject({ connections: 2, unadmitted: 1 });
  visit?.left();
  expect(doors.enter("2001:db8::2")).toBeDefined();
});

describe("bug: hello lines were not limited, so that the stapler told which channels there are:", () => {
  const strangers = { localAddress: "127.0.0.2" };
  const refusing = (here: TestStapler, code: ProblemCode): void => {
    here.admission.verdict = () => {
      throw new DuetError(code);
    };
  };

  test.each(["unknown_channel", "not_yours", "wrong_h_k", "not_open", "channel_full", "closed"] as const)(
    "an address that was refused with %s too often is told busy, and the relay is not asked",
    async (code) => {
      await using here = await testStapler({ limits: { refusalsAtOnce: 3 } });
      refusing(here, code);
      for (let index = 0; index < 3; index += 1)
        expect(await here.peer(hello("sender", `c${index}`), strangers).line()).not.toMatch(/^error busy /);
      expect(await here.peer(hello("sender", "c3"), strangers).line()).toMatch(/^error busy /);
      expect(await here.peer("no hello line\n", strangers).line()).toMatch(/^error busy /);
      expect(here.admission.heard).toHaveLength(3);
      // Others are none the worse for it, and it is forgiven one a second.
      here.admission.verdict = () => roundOf("mine");
      expect(await here.peer(hello("sender", "mine")).line()).toBe("waiting");
      here.clock.pass(FORGIVE_MS);
      expect(await here.peer(hello("recipient", "mine"), strangers).line()).toBe("stapled");
    },
  );

  test("malformed lines count too", async () => {
    await using here = await testStapler({ limits: { refusalsAtOnce: 2 } });
    for (const line of ["GET / HTTP/1.1\r\n", "x".repeat(600)])
      expect(await here.peer(line, strangers).line()).toMatch(/^error bad_hello /);
    expect(await here.peer(hello("sender"), strangers).line()).toMatch(/^error busy /);
    expect(here.admission.heard).toEqual([]);
  });

  test("lines that are admitted, and those of a relay that is away, cost nothing", async () => {
    await using here = await testStapler({ limits: { refusalsAtOnce: 1 } });
    for (let index = 0; index < 5; index += 1) expect(await here.peer(hello("sender")).line()).toBe("waiting");
    refusing(here, "unavailable");
    for (let index = 0; index < 5; index += 1)
      expect(await here.peer(hello("sender")).line()).toMatch(/^error unavailable /);
    here.admission.verdict = () => roundOf();
    expect(await here.peer(hello("recipient")).line()).toBe("stapled");
  });

  test("those that were asked about together all count, so that patience wins nothing", () => {
    const clock = new ManualClock();
    const refusals = new Refusals({ refusalsPerMinute: 60, refusalsAtOnce: 30 }, clock);
    for (let index = 0; index < 100; index += 1) refusals.add("192.0.2.1");
    clock.pass(70 * FORGIVE_MS);
    expect(refusals.exceeded("192.0.2.1")).toBe(true);
    clock.pass(FORGIVE_MS);
    expect(refusals.exceeded("192.0.2.1")).toBe(false);
    clock.pass(29 * FORGIVE_MS);
    expect(refusals.addresses).toBe(0);
    expect(clock.timers).toBe(0);
  });

  test("no more than 10,000 addresses are remembered; who was refused longest ago is forgotten first", () => {
    const refusals = new Refusals({ refusalsPerMinute: 60, refusalsAtOnce: 2 }, new ManualClock());
    for (const address of ["first", "second", "second"]) refusals.add(address);
    refusals.add("first");
    for (let index = 0; index < 9_999; index += 1) refusals.add(`a${index}`);
    expect(refusals.addresses).toBe(10_000);
    expect(refusals.exceeded("first")).toBe(true);
    expect(refusals.exceeded("second")).toBe(false);
  });

  test.each(["refusalsPerMinute", "refusalsAtOnce"] as const)("Infinity as %s lifts the limit", async (limit) => {
    await using here = await testStapler({ limits: { refusalsAtOnce: 1, [limit]: Infinity } });
    for (let index = 0; index < 5; index += 1)
      expect(await here.peer("no hello line\n").line()).toMatch(/^error bad_hello /);
  });
});
