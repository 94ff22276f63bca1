/** A line to the stapler that breaks every few megabytes, on real sockets. `npm run soak:losses` takes a larger file. */
import { describe, expect, test } from "vitest";
import { lossRun } from "./loss-run.js";

const MIB = 1024 * 1024;

describe.each(["sender", "recipient"] as const)("a line of the %s that breaks every few megabytes", (victim) => {
  test("ends by itself, with less than 3 % sent twice", { timeout: 60_000 }, async () => {
    const { outcome, losses, ratio, isSame } = await lossRun({ victim, bytes: 64 * MIB, every: 4 * MIB, seed: 7 });
    expect({ outcome, isSame }).toEqual({ outcome: ["done", "done"], isSame: true });
    expect(losses).toBeGreaterThan(5);
    expect(ratio).toBeLessThan(1.03);
  });
});
