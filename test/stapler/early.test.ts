import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { EarlyBytes } from "../../src/stapler/early.js";
import { EARLY_MAX_BYTES } from "../../src/stapler/limits.js";

test("bug: early bytes in segments of one byte became one object each: they are one buffer, of at most the bound", () => {
  const early = new EarlyBytes();
  const bytes = randomBytes(EARLY_MAX_BYTES);
  let rooms = 0;
  const capacities = new Set<number>();
  for (let at = 0; at < bytes.length; at += 1) {
    if (early.keep(bytes.subarray(at, at + 1))) rooms += 1;
    capacities.add(early.capacity);
  }
  expect(rooms).toBe(EARLY_MAX_BYTES - 1);
  expect([...capacities]).toEqual([256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536]);
  expect(early.take().equals(bytes)).toBe(true);
});

test("what is kept is a copy, in its order, and taken once", () => {
  const early = new EarlyBytes();
  const lent = Buffer.from("first ");
  expect(early.keep(lent)).toBe(true);
  lent.fill(0);
  expect(early.keep(Buffer.from("second"))).toBe(true);
  const taken = early.take();
  expect(early.take()).toHaveLength(0);
  expect(early).toMatchObject({ capacity: 0 });
  early.keep(Buffer.from("later"));
  expect(String(taken)).toBe("first second");
  expect(String(early.take())).toBe("later");
});

test("the last read may pass the bound, and is kept whole", () => {
  const early = new EarlyBytes();
  const bytes = randomBytes(2 * EARLY_MAX_BYTES - 1);
  expect(early.keep(bytes.subarray(0, EARLY_MAX_BYTES - 1))).toBe(true);
  expect(early.keep(bytes.subarray(EARLY_MAX_BYTES - 1))).toBe(false);
  expect(early.take().equals(bytes)).toBe(true);
});
