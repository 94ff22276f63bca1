import { once } from "node:events";
import net from "node:net";
import { describe, expect, test } from "vitest";
import { BufferPool } from "../../src/stapler/buffers.js";
import type { Leg, LegReader } from "../../src/stapler/leg.js";
import { OnreadLeg, takeHandle } from "../../src/stapler/onread-leg.js";
import { PublicLeg } from "../../src/stapler/public-leg.js";
import { problemOf } from "../../src/stapler/relay-client.js";
import { ManualClock, Peer, hello, testStapler, until } from "./fixtures.js";

const LEGS = {
  onread: (accepted: net.Socket): Leg =>
    new OnreadLeg(takeHandle(accepted), "127.0.0.1", new BufferPool(new ManualClock())),
  public: (accepted: net.Socket): Leg => new PublicLeg(accepted, "127.0.0.1"),
};

/** A leg, and the peer at its other end. */
async function connected(make: (accepted: net.Socket) => Leg) {
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const peer = new Peer({ port: (server.address() as net.AddressInfo).port, host: "127.0.0.1" }, "");
  const [accepted] = (await once(server, "connection")) as [net.Socket];
  const leg = make(accepted);
  const stop = async (): Promise<void> => {
    peer.destroy();
    leg.destroy();
    const closed = once(server, "close");
    server.close();
    // The server counts no connection that was moved to a leg, or it would not close.
    await closed;
  };
  return { leg, peer, [Symbol.asyncDispose]: stop };
}

describe.each(["onread", "public"] as const)("a leg of the %s form", (implementation) => {
  const make = LEGS[implementation];

  test("reads nothing before it has a reader, and hands it all that came", async () => {
    await using here = await connected(make);
    here.peer.write("early");
    const seen: string[] = [];
    await new Promise((resolve) => setImmediate(resolve));
    here.leg.readTo({ read: (bytes) => seen.push(String(bytes)) > 0, eof: () => seen.push("end"), closed: () => {} });
    here.peer.end();
    await until(() => seen.includes("end"));
    expect(seen).toEqual(["early", "end"]);
  });

  test("gives a reader the same bytes until it reads on, and no more", async () => {
    await using here = await connected(make);
    const seen: string[] = [];
    let kept: Buffer | undefined;
    here.leg.readTo({
      read: (bytes) => {
        seen.push(String(bytes));
        kept = bytes;
        return false;
      },
      eof: () => {},
      closed: () => {},
    });
    here.peer.write("first");
    await until(() => seen.length === 1);
    here.peer.write("second");
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect([seen, String(kept)]).toEqual([["first"], "first"]);
    here.leg.resume();
    await until(() => seen.length === 2);
    expect(seen).toEqual(["first", "second"]);
  });

  test("lets bytes vanish that are written when it has ended or is gone, and says that it is", async () => {
    await using here = await connected(make);
    const never = (): void => expect.unreachable("nothing is under way");
    let gone = 0;
    here.leg.whenGone(() => (gone += 1));
    here.leg.readTo({ read: () => true, eof: () => {}, closed: () => {} });
    here.leg.end();
    expect(here.leg.write(Buffer.from("late"), never)).toBe(true);
    expect(here.leg.destroyed).toBe(false);
    here.leg.destroy();
    expect(here.leg.destroyed).toBe(true);
    expect(here.leg.write(Buffer.from("later"), never)).toBe(true);
    expect(String(await here.peer.rest())).toBe("");
    await until(() => gone === 1);
  });

  test("closes without a reader, too", async () => {
    await using here = await connected(make);
    let gone = false;
    here.leg.whenGone(() => (gone = true));
    here.leg.destroy();
    await until(() => gone);
  });
});

describe("bytes that a reader of the onread form keeps", () => {
  /** Two legs of one pool; what each of them reads, until the reader keeps something. */
  async function two() {
    const pool = new BufferPool(new ManualClock());
    const make = (accepted: net.Socket): Leg => new OnreadLeg(takeHandle(accepted), "127.0.0.1", pool);
    const [one, other] = [await connected(make), await connected(make)];
    const stop = async (): Promise<void> => {
      await Promise.all([one[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
    };
    return { one, other, [Symbol.asyncDispose]: stop };
  }

  /** Reads until there is something to keep. */
  async function keep(leg: Leg, wanted: (bytes: Buffer) => boolean): Promise<Buffer> {
    let kept: Buffer | undefined;
    const read = (bytes: Buffer): boolean => {
      if (wanted(bytes)) kept = bytes;
      return kept === undefined;
    };
    leg.readTo({ read, eof: () => {}, closed: () => {} });
    await until(() => kept !== undefined);
    return kept!;
  }

  /** Lets the other leg read so much that it takes every buffer there is to take. */
  async function flood({ leg, peer }: Awaited<ReturnType<typeof connected>>): Promise<void> {
    let seen = 0;
    leg.readTo({ read: (bytes) => (seen += bytes.length) > 0, eof: () => {}, closed: () => {} });
    peer.write(Buffer.alloc(4_000_000, "other"));
    await until(() => seen === 4_000_000);
  }

  test("at rest are its own, though all legs at rest read into one buffer", async () => {
    await using here = await two();
    here.one.peer.write("one");
    const kept = await keep(here.one.leg, () => true);
    await flood(here.other);
    expect(String(kept)).toBe("one");
  });

  test.each([
    ["stay while it keeps them", () => {}],
    ["stay when its leg is gone, since they may still be on their way out", (leg: Leg) => leg.destroy()],
  ])("in a buffer of the leg %s", async (_what, then) => {
    await using here = await two();
    here.one.peer.write(Buffer.alloc(1_000_000, "one"));
    // The second full one of its size, at which the leg would take a larger buffer.
    let full = 0;
    const kept = await keep(here.one.leg, ({ length }) => length === 16 * 1024 && (full += 1) === 2);
    const before = Buffer.from(kept);
    then(here.one.leg);
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    await flood(here.other);
    expect(kept.equals(before)).toBe(true);
  });
});

test("legs of one pool are read in turns: none gets far ahead of the others in one turn of the event loop", async () => {
  const pool = new BufferPool(new ManualClock());
  const make = (accepted: net.Socket): Leg => new OnreadLeg(takeHandle(accepted), "127.0.0.1", pool);
  await using one = await connected(make);
  await using other = await connected(make);
  const all = 24 * 1024 * 1024;
  const seen = [0, 0];
  const most = [0, 0];
  const inTurn = [0, 0];
  let reading = true;
  const turn = (): void => {
    inTurn.fill(0);
    if (reading) setImmediate(turn);
  };
  turn();
  for (const [index, { leg, peer }] of [one, other].entries()) {
    const read = (bytes: Buffer): boolean => {
      seen[index]! += bytes.length;
      inTurn[index]! += bytes.length;
      most[index] = Math.max(most[index]!, inTurn[index]!);
      return true;
    };
    leg.readTo({ read, eof: () => {}, closed: () => {} });
    peer.write(Buffer.alloc(all));
  }
  await until(() => seen.every((count) => count === all));
  reading = false;
  // Four reads of the largest buffer, and less than one more.
  for (const count of most) expect(count).toBeLessThan(5 * 1024 * 1024);
});

test("a leg of the onread form does not ask for more bytes when an earlier write is done, but a later one is not", async () => {
  await using here = await connected(LEGS.onread);
  here.leg.readTo({ read: () => true, eof: () => {}, closed: () => {} });
  let written = 0;
  const onWritten = (): void => void (written += 1);
  const large = Buffer.alloc(64 * 1024 * 1024, "x");
  expect(here.leg.write(Buffer.from("small"), onWritten)).toBe(true);
  expect(here.leg.write(large, onWritten)).toBe(false);
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(written).toBe(0);
  expect((await here.peer.bytes(large.length + 5)).length).toBe(large.length + 5);
  await until(() => written === 1);
});

/** Bytes that come another way than by TCP. */
class OtherLeg implements Leg {
  readonly remoteAddress = "192.0.2.7";
  readonly written: string[] = [];
  readonly held = 0;
  destroyed = false;
  reader: LegReader | undefined;
  #gone: () => void = () => {};

  readTo(reader: LegReader): void {
    this.reader = reader;
  }

  resume(): void {}

  write(bytes: Buffer): boolean {
    this.written.push(String(bytes));
    return true;
  }

  end(): void {
    this.written.push("end");
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.reader?.closed();
    this.#gone();
  }

  whenGone(listener: () => void): void {
    this.#gone = listener;
  }
}

describe("a leg that came another way", () => {
  test("is served like any other, and can be spliced to a TCP peer", async () => {
    await using here = await testStapler();
    const leg = new OtherLeg();
    here.stapler.accept(leg);
    leg.reader?.read(Buffer.from(`${hello("sender")}early `));
    await until(() => leg.written.length > 0);
    const recipient = here.peer(hello("recipient"));
    await recipient.stapled();
    leg.reader?.read(Buffer.from("later"));
    expect(String(await recipient.bytes(11))).toBe("early later");
    recipient.end("back");
    await until(() => leg.written.includes("end"));
    expect(leg.written).toEqual(["waiting\n", "stapled\n", "back", "end"]);
    leg.destroy();
    expect(String(await recipient.rest())).toBe("");
  });

  test("and its partner right behind it are told stapled, and not first that they wait", async () => {
    await using here = await testStapler();
    const legs = [new OtherLeg(), new OtherLeg()] as const;
    for (const leg of legs) here.stapler.accept(leg);
    legs[0].reader?.read(Buffer.from(hello("sender")));
    await new Promise((resolve) => setImmediate(resolve));
    legs[1].reader?.read(Buffer.from(hello("recipient")));
    await here.roundTrip();
    expect(legs.map(({ written }) => written)).toEqual([["stapled\n"], ["stapled\n"]]);
  });

  test("counts to the limits: one too many is told busy, far too many are dropped", async () => {
    await using here = await testStapler({ limits: { connectionsPerAddress: 1 } });
    const legs = Array.from({ length: 66 }, () => new OtherLeg());
    for (const leg of legs) here.stapler.accept(leg);
    expect(legs[0]!.written).toEqual([]);
    expect(legs[1]!.written[0]).toMatch(/^error busy /);
    expect([legs[64]!.destroyed, legs[65]!.destroyed]).toEqual([false, true]);
  });

  test("is told unavailable when the stapler stops", async () => {
    await using here = await testStapler();
    await here.pair();
    const closing = here.stapler.close({ graceMs: 1_000 });
    const leg = new OtherLeg();
    here.stapler.accept(leg);
    expect(leg.written[0]).toMatch(/^error unavailable /);
    here.clock.pass(1_000);
    await closing;
    expect(leg.destroyed).toBe(true);
  });
});

test("a failure that is not the relay's is unavailable", () => {
  expect(problemOf(new Error("it broke"))).toMatchObject({ code: "unavailable", message: "it broke" });
});
