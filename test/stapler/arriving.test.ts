import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { STAPLER_ERROR_CODES } from "../../src/protocol/hello-line.js";
import type { Role } from "../../src/protocol/names.js";
import { DuetError, type ProblemCode } from "../../src/protocol/problem.js";
import { HELLO_TIMEOUT_MS, WAITING_TIMEOUT_MS } from "../../src/stapler/limits.js";
import type { RoundRef } from "../../src/stapler/admission.js";
import { FakeAdmission, HK, type Peer, UUID, deferred, hello, roundOf, testStapler, until } from "./fixtures.js";

const CODE = /^error ([a-z_]+) /;

/** The code of the error line that a peer gets, after `waiting` if it came to that. */
async function errorOf(peer: Peer): Promise<string | undefined> {
  for (;;) {
    const line = await peer.line();
    if (line !== "waiting") return CODE.exec(line ?? "")?.[1];
  }
}

describe.each(["bare", "onread", "public"] as const)("a peer of a stapler of the %s form", (implementation) => {
  test("is told waiting once while it is alone, then stapled", async () => {
    await using here = await testStapler({ implementation });
    const sender = here.peer(hello("sender"));
    expect(await sender.line()).toBe("waiting");
    expect(here.stapler.counts()).toMatchObject({ waiting: 1, pairs: 0, unadmitted: 0 });
    const recipient = here.peer(hello("recipient"));
    expect(await recipient.line()).toBe("stapled");
    expect(await sender.line()).toBe("stapled");
    expect(here.admission.heard).toEqual(["admit sender 4821", "admit recipient 4821", "stapled 4821 1"]);
    expect(here.stapler.counts()).toMatchObject({ waiting: 0, pairs: 1, connections: 2 });
  });

  test("may send its line in any pieces, with CR LF, and is known by its address", async () => {
    const asked: unknown[] = [];
    await using here = await testStapler({ implementation });
    here.admission.verdict = (line, address) => {
      asked.push(line, address);
      return roundOf();
    };
    const peer = here.peer();
    for (const character of `duet/1 sender 4821 - ${HK}\r\n`) peer.write(character);
    expect(await peer.line()).toBe("waiting");
    expect(asked).toEqual([{ role: "sender", channel: "4821", uuid: undefined, hK: HK }, "127.0.0.1"]);
  });

  test.each([
    ["no hello line", "GET / HTTP/1.1\r\nHost: stapler\r\n\r\n", false],
    ["a line that never ends", "x".repeat(5_000), false],
    ["half a line and an end", "duet/1 sender", true],
  ])("is told bad_hello for %s, also when more of it is still coming", async (_what, text, ends) => {
    await using here = await testStapler({ implementation });
    const peer = here.peer(text);
    if (ends) peer.end();
    else peer.write(randomBytes(200_000));
    expect(await errorOf(peer)).toBe("bad_hello");
    expect(String(await peer.rest())).toBe("");
    expect(here.admission.heard).toEqual([]);
    expect(here.stapler.counts().refused).toEqual({ bad_hello: 1 });
  });

  test("that says nothing and ends gets no answer", async () => {
    await using here = await testStapler({ implementation });
    const peer = here.peer();
    peer.end();
    expect(String(await peer.rest())).toBe("");
    await until(() => here.stapler.counts().connections === 0);
    expect(here.stapler.counts().refused).toEqual({});
  });

  test("that breaks off in its line leaves nothing behind", async () => {
    await using here = await testStapler({ implementation });
    const peer = here.peer("duet/1 sender");
    await until(() => here.stapler.counts().connections === 1);
    peer.socket.resetAndDestroy();
    await until(() => here.stapler.counts().connections === 0);
    expect(here.stapler.counts()).toMatchObject({ unadmitted: 0, waiting: 0 });
  });

  test("has 10 s for its line, and bytes that trickle in do not extend them", async () => {
    await using here = await testStapler({ implementation });
    const peer = here.peer("d");
    await until(() => here.stapler.counts().unadmitted === 1);
    for (const character of "uet/1 sen") {
      here.clock.pass(HELLO_TIMEOUT_MS / 10);
      peer.write(character);
    }
    expect(here.stapler.counts().unadmitted).toBe(1);
    here.clock.pass(HELLO_TIMEOUT_MS / 10);
    expect(await errorOf(peer)).toBe("timeout");
    expect(String(await peer.rest())).toBe("");
  });

  test("that waits is let go after 15 min, and the relay hears of it", async () => {
    await using here = await testStapler({ implementation });
    const peer = here.peer(hello("sender"));
    expect(await peer.line()).toBe("waiting");
    here.clock.pass(HELLO_TIMEOUT_MS);
    expect(here.stapler.counts().waiting).toBe(1);
    here.clock.pass(WAITING_TIMEOUT_MS);
    expect(await errorOf(peer)).toBe("timeout");
    await here.admission.hears("ended 4821 1 sender");
    expect(here.stapler.counts().waiting).toBe(0);
  });

  test("that is spliced is never timed out", async () => {
    await using here = await testStapler({ implementation });
    const [sender, recipient] = await here.pair();
    here.clock.pass(10 * WAITING_TIMEOUT_MS);
    sender.write("still here");
    expect(String(await recipient.bytes(10))).toBe("still here");
  });

  test.each([
    ["ends", (peer: Peer) => peer.end()],
    ["resets", (peer: Peer) => peer.socket.resetAndDestroy()],
  ])("that %s while it waits is not there any more", async (_how, leave) => {
    await using here = await testStapler({ implementation });
    const peer = here.peer(hello("recipient"));
    expect(await peer.line()).toBe("waiting");
    leave(peer);
    await here.admission.hears("ended 4821 1 recipient");
    expect(here.stapler.counts().waiting).toBe(0);
    await until(() => here.stapler.counts().connections === 0);
    expect(await here.peer(hello("sender")).line()).toBe("waiting");
  });

  test("that is refused and does not go is dropped after 2 s", async () => {
    await using here = await testStapler({ implementation });
    const peer = here.peer("no\n");
    expect(await errorOf(peer)).toBe("bad_hello");
    expect(here.stapler.counts().connections).toBe(1);
    here.clock.pass(2_000);
    await until(() => here.stapler.counts().connections === 0);
  });
});

const refusals: readonly (readonly [ProblemCode, string])[] = [
  ...STAPLER_ERROR_CODES.map((code) => [code, code] as const),
  ["channel_full", "full"],
  ["store_unavailable", "unavailable"],
  ["internal", "unavailable"],
];

test.each(refusals)("a refusal with %s by the relay is answered as %s", async (code, answered) => {
  await using here = await testStapler();
  here.admission.verdict = () => {
    throw new DuetError(code);
  };
  const peer = here.peer(hello("sender"));
  expect(await errorOf(peer)).toBe(answered);
  expect(String(await peer.rest())).toBe("");
  expect(here.stapler.counts()).toMatchObject({ waiting: 0, refused: { [answered]: 1 } });
});

test("what is not an error of ours is unavailable, and the log says why but never who", async () => {
  await using here = await testStapler();
  here.admission.verdict = () => Promise.reject(new Error("socket hang up"));
  expect(await errorOf(here.peer(hello("sender")))).toBe("unavailable");
  expect(here.logged.join()).toContain("socket hang up");
  here.admission.verdict = () => Promise.reject("hung up");
  expect(await errorOf(here.peer(hello("sender")))).toBe("unavailable");
  expect(here.logged.join()).toContain("hung up");
  expect(here.logged.join()).not.toContain(UUID);
  expect(here.logged.join()).not.toContain(HK);
});

test("a report that fails is logged and nothing more", async () => {
  await using here = await testStapler();
  here.admission.report = () => Promise.reject(new DuetError("unavailable"));
  const [sender, recipient] = await here.pair();
  sender.write("on it goes");
  expect(String(await recipient.bytes(10))).toBe("on it goes");
  expect(here.logged.join()).toContain("the relay could not be told");
});

test("a stapler whose relay tells no more of ended rounds says so in the log, and goes on", async () => {
  class Deaf extends FakeAdmission {
    // oxlint-disable-next-line require-yield
    override async *releases(): AsyncGenerator<never> {
      throw new Error("deaf");
    }
  }
  await using here = await testStapler({ admission: new Deaf() });
  await here.pair();
  expect(here.logged.join()).toContain("deaf");
});

test("a peer that is gone when the relay admits it is reported as gone", async () => {
  await using here = await testStapler();
  const { promise, resolve } = deferred<RoundRef>();
  here.admission.verdict = () => promise;
  const peer = here.peer(hello("sender"));
  await here.admission.hears("admit sender 4821");
  peer.socket.resetAndDestroy();
  await until(() => here.stapler.counts().connections === 0);
  resolve(roundOf());
  await here.admission.hears("ended 4821 1 sender");
  expect(here.stapler.counts().waiting).toBe(0);
});

test("a peer that is gone when the relay refuses it is no trouble", async () => {
  await using here = await testStapler();
  const { promise, reject } = deferred<never>();
  here.admission.verdict = () => promise;
  const peer = here.peer(hello("sender"));
  await here.admission.hears("admit sender 4821");
  peer.socket.resetAndDestroy();
  await until(() => here.stapler.counts().connections === 0);
  reject(new DuetError("not_yours"));
  await until(() => here.stapler.counts().refused["not_yours"] === 1);
});

test("a peer that has ended when the relay admits it cannot wait", async () => {
  await using here = await testStapler();
  const { promise, resolve } = deferred<RoundRef>();
  here.admission.verdict = () => promise;
  const peer = here.peer();
  peer.end(hello("sender"));
  await here.admission.hears("admit sender 4821");
  await here.roundTrip();
  resolve(roundOf());
  expect(String(await peer.rest())).toBe("");
  await here.admission.hears("ended 4821 1 sender");
});

test("a peer that has ended when the relay refuses it still reads why", async () => {
  await using here = await testStapler();
  const { promise, reject } = deferred<RoundRef>();
  here.admission.verdict = () => promise;
  const peer = here.peer();
  peer.end(hello("sender"));
  await here.admission.hears("admit sender 4821");
  await here.roundTrip();
  reject(new DuetError("wrong_h_k"));
  expect(await errorOf(peer)).toBe("wrong_h_k");
});

test("a third address is refused when the relay refuses it, and leaves the two others alone", async () => {
  await using here = await testStapler();
  const known = new Set<string>();
  here.admission.verdict = (_hello, address) => {
    if (!known.has(address) && known.size === 2) throw new DuetError("channel_full");
    known.add(address);
    return roundOf();
  };
  const sender = here.peer(hello("sender"), { localAddress: "127.0.0.2" });
  expect(await sender.line()).toBe("waiting");
  const recipient = here.peer(hello("recipient"), { localAddress: "127.0.0.3" });
  await Promise.all([sender.stapled(), recipient.stapled()]);
  const third: Role[] = ["sender", "recipient"];
  for (const role of third) expect(await errorOf(here.peer(hello(role), { localAddress: "127.0.0.4" }))).toBe("full");
  sender.write("undisturbed");
  expect(String(await recipient.bytes(11))).toBe("undisturbed");
});

test.each(["::1", "::"])("listens on %s, and hands the address on as the socket has it", async (host) => {
  await using here = await testStapler({ host });
  const addresses: string[] = [];
  here.admission.verdict = (_hello, address) => {
    addresses.push(address);
    return roundOf();
  };
  const six = here.peer(hello("sender"), { host: "::1" });
  expect(await six.line()).toBe("waiting");
  expect(here.stapler.address).toBe(host);
  expect(addresses).toEqual(["::1"]);
  if (host === "::1") return;
  const four = here.peer(hello("recipient"), { host: "127.0.0.1" });
  await Promise.all([six.stapled(), four.stapled()]);
  expect(addresses[1]).toBe("::ffff:127.0.0.1");
});

test("2,000 malformed hello lines do no harm, and leave no memory behind", async () => {
  await using here = await testStapler({ limits: { unadmittedPerAddress: 100, refusalsPerMinute: Infinity } });
  const shapes = [
    () => randomBytes(700),
    () => Buffer.concat([randomBytes(40), Buffer.from("\n")]),
    () => Buffer.from(`duet/1 sender 4821 ${UUID} ${HK} \n`),
    () => Buffer.from("\n"),
    () => Buffer.from("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"),
    () => Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, 0x0a]),
  ];
  const batch = async (from: number): Promise<void> => {
    const one = async (index: number): Promise<void> => {
      const peer = here.peer(shapes[index % shapes.length]!());
      // What has no LF and is short would wait for the rest of its line.
      peer.write("\n");
      const answer = await peer.rest();
      expect(String(answer)).toMatch(/^error bad_hello [\x20-\x7e]+\n$/);
      peer.destroy();
    };
    await Promise.all(Array.from({ length: 50 }, (_, index) => one(from + index)));
  };
  await batch(0);
  await until(() => here.stapler.counts().connections === 0);
  const before = process.memoryUsage();
  for (let from = 50; from < 2_000; from += 50) await batch(from);
  await until(() => here.stapler.counts().connections === 0);
  const after = process.memoryUsage();
  expect(here.stapler.counts()).toMatchObject({ refused: { bad_hello: 2_000 }, unadmitted: 0, bufferBytes: 0 });
  expect(here.clock.timers).toBe(0);
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(4 * 1024 * 1024);
  expect(after.rss - before.rss).toBeLessThan(64 * 1024 * 1024);
  await here.pair();
});
