import { describe, expect, test } from "vitest";
import { BUFFER_SIZES, BufferPool, ReadBuffer, SWEEP_MS } from "../../src/stapler/buffers.js";
import { ManualClock } from "./fixtures.js";

const KIB = 1024;
const MIB = 1024 * KIB;
const [REST, SECOND, THIRD, FOURTH, LARGEST] = BUFFER_SIZES;

function pool(cap?: number): {
  readonly clock: ManualClock;
  readonly pool: BufferPool;
  readonly end: () => ReadBuffer;
  /** An end whose buffer is lent from the start. */
  readonly lent: () => ReadBuffer;
} {
  const clock = new ManualClock();
  const one = new BufferPool(clock, cap);
  const end = (): ReadBuffer => {
    const buffer: ReadBuffer = new ReadBuffer(one, () => buffer.rest());
    return buffer;
  };
  const lent = (): ReadBuffer => {
    const buffer: ReadBuffer = new ReadBuffer(one, () => buffer.stall());
    return buffer;
  };
  return { clock, pool: one, end, lent };
}

/** Reads that fill the buffer, one after the other. */
function full(end: ReadBuffer, reads: number): void {
  for (let read = 0; read < reads; read += 1) {
    end.learn(end.bytes.length);
    end.fit();
  }
}

describe("a read buffer", () => {
  test("is the shared one at rest, and four times larger after two full reads, up to 1 MiB", () => {
    const { pool: one, end } = pool();
    const buffer = end();
    expect(buffer.bytes).toBe(one.resting);
    const sizes = [buffer.bytes.length];
    for (let step = 0; step < 6; step += 1) {
      full(buffer, 1);
      expect(buffer.bytes.length).toBe(sizes.at(-1));
      full(buffer, 1);
      sizes.push(buffer.bytes.length);
    }
    expect(sizes).toEqual([REST, SECOND, THIRD, FOURTH, LARGEST, LARGEST, LARGEST]);
    expect(one.bytes).toBe(LARGEST + SECOND + THIRD + FOURTH);
  });

  test("does not grow when a read in between was not full", () => {
    const { end } = pool();
    const buffer = end();
    full(buffer, 1);
    buffer.learn(REST - 1);
    buffer.fit();
    full(buffer, 1);
    expect(buffer.bytes.length).toBe(REST);
  });

  test("goes back to rest after about 3 s without a read that needs it", () => {
    const { clock, pool: one, end } = pool();
    const [idle, trickling, busy] = [end(), end(), end()];
    for (const buffer of [idle, trickling, busy]) full(buffer, 4);
    for (let second = 0; second < 3; second += 1) {
      expect([idle.grown, trickling.grown, busy.grown]).toEqual([true, true, true]);
      trickling.learn(THIRD / 4);
      busy.learn(THIRD / 4 + 1);
      clock.pass(SWEEP_MS);
    }
    expect([idle.grown, trickling.grown, busy.grown]).toEqual([false, false, true]);
    clock.pass(3 * SWEEP_MS);
    expect(busy.grown).toBe(false);
    // Nothing is kept for nobody, and no timer runs.
    expect(one.bytes).toBe(0);
    expect(clock.timers).toBe(0);
  });

  test("is used again by another end, also after its leg is gone", () => {
    const { pool: one, end } = pool();
    const [first, second] = [end(), end()];
    full(first, 4);
    const { bytes } = first;
    first.release(false);
    full(second, 4);
    expect(second.bytes).toBe(bytes);
    expect(one.bytes).toBe(THIRD + SECOND);
  });

  test("that is still being sent when its leg goes is left to the garbage collector", () => {
    const { pool: one, end } = pool();
    const [first, second] = [end(), end()];
    full(first, 4);
    const { bytes } = first;
    first.release(true);
    expect(one.bytes).toBe(SECOND);
    full(second, 4);
    expect(second.bytes).not.toBe(bytes);
    second.release(false);
    expect(second.bytes).toBe(one.resting);
  });

  test("at rest costs nothing to let go", () => {
    const { pool: one, end } = pool();
    end().release(false);
    end().release(true);
    const resting = end();
    resting.rest();
    expect(one.bytes).toBe(0);
  });
});

describe("bug: an end whose peer does not read was busy for ever:", () => {
  test("257 of them leave the others their large buffers after 3 s, and are busy again when they go on", () => {
    const { clock, pool: one, end, lent } = pool();
    const stalled = Array.from({ length: 257 }, lent);
    for (const buffer of stalled) full(buffer, 2);
    expect(one.ceiling).toBe(THIRD);
    clock.pass(2 * SWEEP_MS);
    expect(one.ceiling).toBe(THIRD);
    clock.pass(SWEEP_MS);
    expect(one.ceiling).toBe(LARGEST);
    expect(stalled.every(({ grown }) => grown)).toBe(true);
    const other = end();
    full(other, 8);
    expect(other.bytes.length).toBe(LARGEST);
    for (const buffer of stalled) buffer.resume();
    expect(one.ceiling).toBe(THIRD);
    // Only those that stood still come back, and each once.
    for (const buffer of [...stalled, other]) buffer.resume();
    for (const buffer of [...stalled, other]) buffer.release(false);
    expect(one.ceiling).toBe(LARGEST);
  });

  test("what they hold beyond 48 MiB is taken off the share of the others, which never fall below 64 KiB", () => {
    const { clock, pool: one, end, lent } = pool();
    const hold = (count: number): ReadBuffer[] => {
      const buffers = Array.from({ length: count }, lent);
      for (const buffer of buffers) full(buffer, 8);
      clock.pass(3 * SWEEP_MS);
      return buffers;
    };
    const first = [...hold(16), ...hold(16), ...hold(16)];
    expect(one.ceiling).toBe(LARGEST);
    const more = Array.from({ length: 20 }, () => hold(1)).flat();
    expect(one.ceiling).toBe(THIRD);
    expect(one.bytes).toBeLessThan(68 * MIB);
    const other = end();
    full(other, 8);
    expect(other.bytes.length).toBe(THIRD);
    for (const buffer of [...first, ...more]) buffer.release(true);
    expect(one.ceiling).toBe(LARGEST);
  });

  test("one that goes while it stands still takes nothing with it", () => {
    const { clock, pool: one, lent } = pool();
    const buffer = lent();
    full(buffer, 8);
    clock.pass(3 * SWEEP_MS);
    expect(clock.timers).toBe(0);
    buffer.release(true);
    buffer.resume();
    expect(one.bytes).toBe(0);
    expect(clock.timers).toBe(0);
  });
});

describe("a turn of the event loop", () => {
  const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

  /** Reads until the turn is over, and tells how many that took. */
  function reads(buffer: ReadBuffer, count: number): number {
    for (let read = 1; read < 1_000; read += 1) if (buffer.hadItsTurn(count)) return read;
    return Infinity;
  }

  test("is an end's alone while nobody else is busy, and while it is at rest", () => {
    const { end } = pool();
    const [alone, resting] = [end(), end()];
    full(alone, 8);
    expect(reads(alone, LARGEST)).toBe(Infinity);
    const other = end();
    full(other, 2);
    expect(reads(resting, REST)).toBe(Infinity);
    expect(reads(alone, LARGEST)).toBe(4);
    other.release(false);
    expect(reads(alone, LARGEST)).toBe(Infinity);
  });

  test("of many gives each of them 1 MiB, or four reads if those are more", async () => {
    const { end } = pool();
    const all = Array.from({ length: 17 }, end);
    // The first ones grew further while there were few, and give that back with their next read.
    for (const buffer of [...all, ...all]) full(buffer, 8);
    const [first, second] = all as [ReadBuffer, ReadBuffer];
    expect(first.bytes.length).toBe(FOURTH);
    expect(reads(first, FOURTH)).toBe(4);
    expect(reads(second, FOURTH / 8)).toBe(32);
    // It stays over until the next one.
    expect(first.hadItsTurn(1)).toBe(true);
    await nextTurn();
    expect(reads(first, FOURTH)).toBe(4);
    for (const buffer of all.slice(3)) buffer.release(false);
    full(first, 2);
    await nextTurn();
    expect(reads(first, LARGEST)).toBe(4);
  });

  test("runs what waits for it once, all together, and counts on only while somebody asks", async () => {
    const { pool: one } = pool();
    const ran: string[] = [];
    const before = one.turns.now;
    one.turns.next(() => ran.push("first"));
    one.turns.next(() => {
      ran.push("second");
      one.turns.next(() => ran.push("third"));
    });
    expect([ran, one.turns.now]).toEqual([[], before]);
    await nextTurn();
    expect(ran).toEqual(["first", "second"]);
    await nextTurn();
    await nextTurn();
    expect(ran).toEqual(["first", "second", "third"]);
    const after = one.turns.now;
    await nextTurn();
    await nextTurn();
    expect(one.turns.now).toBe(after + 1);
  });
});

describe("the pool", () => {
  test.each([
    [1, LARGEST],
    [16, LARGEST],
    [17, FOURTH],
    [256, FOURTH],
    [257, THIRD],
    [1000, THIRD],
  ])("lets %i busy ends have %i bytes each", (ends, size) => {
    const { pool: one, end } = pool();
    const all = Array.from({ length: ends }, end);
    for (const buffer of all) full(buffer, 2);
    expect(one.ceiling).toBe(size);
    for (const buffer of all) full(buffer, 8);
    expect(all.every((buffer) => buffer.bytes.length === size)).toBe(true);
  });

  test("takes large buffers back when more ends become busy", () => {
    const { end } = pool();
    const early = end();
    full(early, 8);
    expect(early.bytes.length).toBe(LARGEST);
    const others = Array.from({ length: 16 }, end);
    for (const buffer of others) full(buffer, 2);
    early.learn(100);
    early.fit();
    expect(early.bytes.length).toBe(FOURTH);
    for (const buffer of others) buffer.release(false);
    full(early, 2);
    expect(early.bytes.length).toBe(LARGEST);
  });

  test("never has more than its cap: at the cap, buffers stay as they are", () => {
    const { pool: one, end } = pool(2 * MIB);
    const all = Array.from({ length: 10 }, end);
    for (const buffer of all) full(buffer, 8);
    expect(one.bytes).toBeLessThanOrEqual(2 * MIB);
    expect(all.filter((buffer) => buffer.bytes.length === LARGEST)).toHaveLength(1);
    expect(all.some((buffer) => buffer.bytes.length < LARGEST)).toBe(true);
    const stuck = all.find((buffer) => buffer.bytes.length < LARGEST)!;
    const { bytes } = stuck;
    full(stuck, 3);
    expect(stuck.bytes).toBe(bytes);
  });

  test("forgets what it keeps before it refuses", () => {
    const { pool: one, end } = pool(THIRD + SECOND);
    const [first, second] = [end(), end()];
    full(first, 4);
    expect(one.bytes).toBe(THIRD + SECOND);
    first.release(false);
    // The cap is reached by kept buffers only: one of the size in need is there, and then there is room for another.
    full(second, 2);
    expect(second.bytes.length).toBe(SECOND);
    const third = end();
    full(third, 2);
    expect(third.bytes.length).toBe(SECOND);
    expect(one.bytes).toBe(2 * SECOND);
  });
});
