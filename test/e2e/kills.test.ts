/** Senders, recipients, relays and staplers that are killed. `npm run soak:kills` does the same for as long as one likes. */
import { expect, test } from "vitest";
import { killRun } from "./kill-run.js";

test.each([1, 2, 3, 4, 5, 6])(
  "random kills with seed %i: never a wrong file, and the right end",
  { timeout: 130_000 },
  async (seed) => {
    const { faults, kills } = await killRun(seed);
    expect(faults).toEqual([]);
    expect(kills.length).toBeGreaterThan(0);
  },
);
