import { expect, test } from "vitest";
import { MessageSizes } from "../../../src/transfer/connection/message-sizes.js";

const KIB = 1024;
const MIB = 1024 * KIB;

test("a first connection sends full chunks", () => {
  expect(new MessageSizes(MIB, false).next).toBe(MIB);
});

test("after a loss a message is small, and never more than a 32nd of what the connection has carried", () => {
  const sizes = new MessageSizes(MIB, true);
  const seen = new Set<number>();
  for (let carried = 0; carried < 40 * MIB;) {
    const { next } = sizes;
    expect(next).toBeLessThanOrEqual(Math.max(64 * KIB, carried / 32));
    seen.add(next);
    carried += next;
    sizes.carried(next);
  }
  expect([...seen]).toEqual([64 * KIB, 128 * KIB, 256 * KIB, 512 * KIB, MIB]);
});

test("small chunks that were agreed on stay the limit", () => {
  expect(new MessageSizes(16 * KIB, true).next).toBe(16 * KIB);
});
