import { describe, expect, test } from "vitest";
import { limitedStream, Pace } from "../../src/cli/rate-limit.js";
import type { Clock, PeerStream } from "../../src/client/index.js";

/** Time that passes only by sleeping. */
function slowClock(): Clock & { readonly at: number } {
  let at = 0;
  return {
    get at() {
      return at;
    },
    now: () => at,
    sleep: async (ms) => void (at += ms),
    random: () => 0,
  };
}

/** A stream into memory; what is read comes from the same memory. */
function echo() {
  const written: Uint8Array[] = [];
  let isEnded = false;
  const stream: PeerStream = {
    readFully: async (target) => {
      const all = Buffer.concat(written);
      const part = all.subarray(0, target.length);
      target.set(part);
      written.splice(0, written.length, all.subarray(part.length));
      return part.length;
    },
    write: async (parts) => void written.push(...parts.map((part) => part.slice())),
    end: async () => void (isEnded = true),
    destroy: () => {},
    closed: Promise.resolve(),
  };
  return { stream, bytes: () => Buffer.concat(written), isEnded: () => isEnded };
}

const never = new AbortController().signal;
const content = Buffer.from(Array.from({ length: 2_500 }, (_, i) => i % 251));

describe("a limited rate", () => {
  test("lets a second's bytes through in a second, in small parts", async () => {
    const clock = slowClock();
    const pace = new Pace(1_000, never, clock);
    const { stream, bytes } = echo();
    await limitedStream(stream, pace, pace).write([content.subarray(0, 1_000), content.subarray(1_000)]);
    expect(bytes().equals(content)).toBe(true);
    // The last part does not wait for its own time.
    expect(clock.at).toBeGreaterThanOrEqual(2_300);
    expect(clock.at).toBeLessThanOrEqual(2_500);
  });

  test("keeps writes in their order, also when nobody waits, and ends behind them", async () => {
    const pace = new Pace(1_000, never, slowClock());
    const { stream, bytes, isEnded } = echo();
    const limited = limitedStream(stream, pace, pace);
    void limited.write([content.subarray(0, 700)]);
    void limited.write([content.subarray(700)]);
    await limited.end();
    expect([bytes().equals(content), isEnded()]).toEqual([true, true]);
  });

  test("holds for reading too, and tells a short end", async () => {
    const clock = slowClock();
    const { stream } = echo();
    await stream.write([content]);
    const limited = limitedStream(stream, new Pace(1_000, never, clock), new Pace(1, never, clock));
    const target = Buffer.alloc(3_000);
    expect(await limited.readFully(target)).toBe(2_500);
    expect(target.subarray(0, 2_500).equals(content)).toBe(true);
    expect(clock.at).toBeGreaterThanOrEqual(2_300);
  });

  test("is over when the command is: the last word does not wait in the queue", async () => {
    const clock = slowClock();
    const pace = new Pace(1, AbortSignal.abort(), clock);
    const { stream, bytes } = echo();
    await limitedStream(stream, pace, pace).write([content]);
    expect([clock.at, bytes().length]).toEqual([0, 2_500]);
  });

  test("a broken stream says so to each write", async () => {
    const pace = new Pace(1_000, never, slowClock());
    const broken: PeerStream = { ...echo().stream, write: () => Promise.reject(new Error("broken")) };
    const limited = limitedStream(broken, pace, pace);
    await expect(limited.write([content])).rejects.toThrowError("broken");
    await expect(limited.write([content])).rejects.toThrowError("broken");
  });
});
