import { randomBytes, randomInt } from "node:crypto";
import { once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import type { RoundRef } from "../../src/stapler/admission.js";
import { PUBLIC_HIGH_WATER_BYTES } from "../../src/stapler/public-leg.js";
import { type Peer, type TestStapler, deferred, hello, roundOf, testStapler, until } from "./fixtures.js";

const MIB = 1024 * 1024;

/** Writes all of it in parts of random sizes, as fast as the other side takes them. */
async function pour(peer: Peer, bytes: Buffer, largest: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const part = bytes.subarray(at, at + randomInt(1, largest));
    at += part.length;
    if (!peer.socket.write(part)) await once(peer.socket, "drain");
  }
}

/** More than all the kernel's and the stapler's buffers between two peers hold. */
const FLOOD = 48 * MIB;

setFlagsFromString("--expose-gc");
/** Node's own name for it exists only when it was started with the flag. */
const collect = runInNewContext("gc") as () => void;

/** Memory of all buffers that somebody still holds. The public form leaves one of 64 KiB behind for every read. */
async function bufferMemory(): Promise<number> {
  for (let round = 0; round < 2; round += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().arrayBuffers;
}

/**
 * What a stapler may hold of one direction: one lent read buffer; or by public API a high-water mark, passed by one
 * read, of what is read and of what is written.
 */
const MOST_HELD = { bare: MIB, onread: MIB, public: 2 * (PUBLIC_HIGH_WATER_BYTES + 64 * 1024) } as const;

/**
 * Writes more than can be taken, until nothing more is taken.
 *
 * @returns how much was
 */
async function flood(here: TestStapler, peer: Peer): Promise<number> {
  peer.write(Buffer.alloc(FLOOD, 7));
  let taken = -1;
  // While another connection was made, answered and closed, everything that could move has moved.
  for (let still = 0; still < 10; still = peer.taken === taken ? still + 1 : 0) {
    taken = peer.taken;
    await here.roundTrip();
  }
  return taken;
}

describe.each(["bare", "onread", "public"] as const)("a splice read by the %s form", (implementation) => {
  test.each([
    ["small", 300_000, 700],
    ["middling", 4 * MIB, 70_000],
    ["large", 24 * MIB, 3 * MIB],
  ])("passes %s writes on byte for byte, both ways at the same time", async (_what, length, largest) => {
    await using here = await testStapler({ implementation });
    const [sender, recipient] = await here.pair();
    const [there, back] = [randomBytes(length), randomBytes(length)];
    const [received, returned] = await Promise.all([
      recipient.bytes(length),
      sender.bytes(length),
      pour(sender, there, largest),
      pour(recipient, back, largest),
    ]);
    expect(received.equals(there)).toBe(true);
    expect(returned.equals(back)).toBe(true);
    expect(here.stapler.counts()).toMatchObject({ pairs: 1, stapled: 1, bytes: 2 * length });
  });

  test("passes what comes right behind the hello line on, in its order", async () => {
    await using here = await testStapler({ implementation });
    const sender = here.peer(`${hello("sender")}first `);
    expect(await sender.line()).toBe("waiting");
    sender.write("second ");
    const recipient = here.peer(`${hello("recipient")}back `);
    await Promise.all([sender.stapled(), recipient.stapled()]);
    sender.write("third");
    recipient.write("again");
    expect(String(await recipient.bytes(18))).toBe("first second third");
    expect(String(await sender.bytes(10))).toBe("back again");
  });

  test.each([
    ["sender", 0],
    ["recipient", 1],
  ] as const)("keeps half-close: when the %s ends, the other goes on", async (_role, first) => {
    await using here = await testStapler({ implementation });
    const pair = await here.pair();
    const [one, other] = first === 0 ? pair : [pair[1], pair[0]];
    one.end("the last word");
    expect(String(await other.rest())).toBe("the last word");
    other.write("but ");
    other.end("there is more");
    expect(String(await one.rest())).toBe("but there is more");
    await here.admission.hears("ended 4821 1");
    expect(here.admission.heard.at(-1)).toBe("ended 4821 1");
    expect(here.stapler.counts().pairs).toBe(0);
  });

  test("passes an end on that came while the second side was being admitted", async () => {
    await using here = await testStapler({ implementation });
    const recipient = here.peer(hello("recipient"));
    expect(await recipient.line()).toBe("waiting");
    const { promise, resolve } = deferred<RoundRef>();
    here.admission.verdict = () => promise;
    const sender = here.peer();
    sender.end(`${hello("sender")}all of it`);
    await here.admission.hears("admit sender 4821");
    await here.roundTrip();
    resolve(roundOf());
    await recipient.stapled();
    expect(String(await recipient.rest())).toBe("all of it");
    recipient.end("thanks");
    await sender.stapled();
    expect(String(await sender.rest())).toBe("thanks");
  });

  test("gives the other side what came before a connection broke, and then an end", async () => {
    await using here = await testStapler({ implementation });
    const [sender, recipient] = await here.pair();
    sender.write("so far");
    expect(String(await recipient.bytes(6))).toBe("so far");
    sender.write("and this");
    sender.socket.resetAndDestroy();
    expect(["and this", ""]).toContain(String(await recipient.rest()));
    await here.admission.hears("ended 4821 1");
    recipient.write(randomBytes(MIB));
    recipient.end();
    await recipient.gone();
  });

  test("delivers all that was read of a connection that broke, however late its reader takes it, and then an end", async () => {
    await using here = await testStapler({ implementation });
    const [sender, recipient] = await here.pair();
    await flood(here, sender);
    const { heldBytes, bytes } = here.stapler.counts();
    expect(heldBytes).toBeGreaterThan(0);
    sender.socket.resetAndDestroy();
    // The sender is not read while the recipient does not read, so only writing to it shows that it is gone.
    recipient.write("?");
    await here.admission.hears("ended 4821 1");
    const all = await recipient.rest();
    // By public API the socket may have read once more since.
    expect(all.length).toBeGreaterThanOrEqual(bytes);
    expect(all.length).toBe(here.stapler.counts().bytes - "?".length);
    expect(recipient.socket.readableEnded).toBe(true);
    recipient.end();
    await until(() => here.stapler.counts().connections === 0);
  });

  test("drops a side that does not take the rest within the time for it", async () => {
    await using here = await testStapler({ implementation });
    const [sender, recipient] = await here.pair();
    await flood(here, sender);
    sender.socket.resetAndDestroy();
    // The sender is not read while the recipient does not read, so only writing to it shows that it is gone.
    recipient.write("are you there?");
    await here.admission.hears("ended 4821 1");
    here.clock.pass(29_000);
    await until(() => here.stapler.counts().connections === 1);
    here.clock.pass(1_000);
    await until(() => here.stapler.counts().connections === 0);
  });

  test("stops the writer when the reader stops, with bounded memory, and loses nothing", async () => {
    await using here = await testStapler({ implementation });
    const [sender, recipient] = await here.pair();
    const before = await bufferMemory();
    const taken = await flood(here, sender);
    // How much the kernel takes is its own affair (tcp_rmem and tcp_wmem: megabytes, at loopback), but not all of it.
    expect(taken).toBeLessThan(FLOOD);
    const { heldBytes, bufferBytes } = here.stapler.counts();
    expect(heldBytes).toBeGreaterThan(0);
    expect(heldBytes).toBeLessThanOrEqual(MOST_HELD[implementation]);
    expect(bufferBytes).toBeLessThanOrEqual(2 * MIB);
    // Nothing is held that is not counted, either. Of the memory, the flood itself is the test's own.
    expect((await bufferMemory()) - before - FLOOD).toBeLessThan(heldBytes + bufferBytes + MIB);
    sender.end("end");
    const all = await recipient.rest();
    expect(all.equals(Buffer.concat([Buffer.alloc(FLOOD, 7), Buffer.from("end")]))).toBe(true);
  });

  test("moves bytes one way while the other way is stopped", async () => {
    await using here = await testStapler({ implementation });
    const [sender, recipient] = await here.pair();
    await flood(here, sender);
    recipient.write("still here");
    expect(String(await sender.bytes(10))).toBe("still here");
  });

  test("stops reading a peer that waits when 64 KiB are kept, and passes all of them on", async () => {
    await using here = await testStapler({ implementation });
    const sender = here.peer(hello("sender"));
    expect(await sender.line()).toBe("waiting");
    const before = await bufferMemory();
    expect(await flood(here, sender)).toBeLessThan(FLOOD);
    expect((await bufferMemory()) - before - FLOOD).toBeLessThan(2 * MIB);
    const recipient = here.peer(hello("recipient"));
    await Promise.all([sender.stapled(), recipient.stapled()]);
    sender.end();
    const all = await recipient.rest();
    expect(all.equals(Buffer.alloc(FLOOD, 7))).toBe(true);
  });

  test("serves 200 pairs at once, each its own bytes", async () => {
    await using here = await testStapler({ implementation });
    const channels = Array.from({ length: 200 }, (_, index) => `c${index}`);
    const pairs = await Promise.all(channels.map((channel) => here.pair(channel)));
    expect(here.stapler.counts()).toMatchObject({ pairs: 200, connections: 400, unadmitted: 0, waiting: 0 });
    const sent = pairs.map(() => randomBytes(150_000));
    await Promise.all(
      pairs.map(async ([sender, recipient], index) => {
        sender.end(sent[index]);
        const received = await recipient.rest();
        expect(received.equals(sent[index]!)).toBe(true);
        recipient.end();
        await sender.rest();
      }),
    );
    expect(here.stapler.counts().bufferBytes).toBeLessThanOrEqual(128 * MIB);
    for (const channel of channels) await here.admission.hears(`ended ${channel} 1`);
    expect(here.stapler.counts()).toMatchObject({ pairs: 0, stapled: 200, bytes: 200 * 150_000 });
  });
});

test("read buffers grow under load, and shrink to nothing when the pair has been idle for 3 s", async () => {
  await using here = await testStapler({ implementation: "bare" });
  const [sender, recipient] = await here.pair();
  const bytes = randomBytes(8 * MIB);
  const received = recipient.bytes(bytes.length);
  await pour(sender, bytes, 2 * MIB);
  expect((await received).equals(bytes)).toBe(true);
  expect(here.stapler.counts().bufferBytes).toBeGreaterThan(0);
  here.clock.pass(2_000);
  expect(here.stapler.counts().bufferBytes).toBeGreaterThan(0);
  here.clock.pass(2_000);
  expect(here.stapler.counts().bufferBytes).toBe(0);
  // And it goes on as before.
  const again = recipient.bytes(bytes.length);
  await pour(sender, bytes, 2 * MIB);
  expect((await again).equals(bytes)).toBe(true);
});

test("a buffer that a stopped reader holds is not taken away for being idle, but counts as busy no longer", async () => {
  const limits = { refusalsPerMinute: Infinity, quietSpliceMs: Infinity };
  await using here = await testStapler({ implementation: "bare", limits });
  const [sender, recipient] = await here.pair();
  await flood(here, sender);
  here.clock.pass(10_000);
  expect(here.stapler.counts().bufferBytes).toBeGreaterThan(0);
  // No busy end, no sweep.
  expect(here.clock.timers).toBe(0);
  sender.end();
  const all = await recipient.rest();
  expect(all.equals(Buffer.alloc(FLOOD, 7))).toBe(true);
  // It went on as a busy one, and so is let go of like any other.
  here.clock.pass(10_000);
  expect(here.stapler.counts().bufferBytes).toBe(0);
});

describe("a splice in which nothing moves", () => {
  const limits = { quietSpliceMs: 4_000, refusalsPerMinute: Infinity };

  test.each([
    ["where both are silent", async () => {}],
    [
      "where one has ended its direction and the other does not",
      async (_here: TestStapler, sender: Peer, recipient: Peer) => {
        sender.end("all");
        expect(String(await recipient.rest())).toBe("all");
      },
    ],
    ["where a reader has stopped", async (here: TestStapler, sender: Peer) => void (await flood(here, sender))],
  ])("ends when its time is up, and not before, %s", async (_what, prepare) => {
    await using here = await testStapler({ limits });
    const [sender, recipient] = await here.pair();
    await prepare(here, sender, recipient);
    here.clock.pass(4_000);
    expect(here.stapler.counts().pairs).toBe(1);
    here.clock.pass(1_000);
    expect(here.stapler.counts().pairs).toBe(0);
    expect(here.admission.heard.at(-1)).toBe("ended 4821 1");
    await until(() => here.stapler.counts().connections === 0);
    // The read buffers are looked after a little longer.
    here.clock.pass(1_000);
    expect(here.clock.timers).toBe(0);
  });

  test.each(["sender", "recipient"] as const)("has all its time again after one byte of the %s", async (role) => {
    await using here = await testStapler({ limits });
    const [sender, recipient] = await here.pair();
    const [from, to] = role === "sender" ? [sender, recipient] : [recipient, sender];
    for (let times = 0; times < 3; times += 1) {
      here.clock.pass(4_000);
      from.write("x");
      await to.bytes(1);
    }
    here.clock.pass(4_000);
    expect(here.stapler.counts().pairs).toBe(1);
    here.clock.pass(1_000);
    expect(here.stapler.counts().pairs).toBe(0);
  });

  test("leaves nothing to be done later when it ends by itself", async () => {
    await using here = await testStapler({ limits });
    const [sender, recipient] = await here.pair();
    sender.end();
    recipient.end();
    await Promise.all([sender.rest(), recipient.rest()]);
    await until(() => here.stapler.counts().connections === 0);
    expect(here.clock.timers).toBe(0);
  });

  test("goes on for ever where that is wished", async () => {
    await using here = await testStapler({ limits: { quietSpliceMs: Infinity } });
    await here.pair();
    here.clock.pass(1e12);
    expect(here.stapler.counts().pairs).toBe(1);
  });
});
