import { expect, test } from "vitest";
import { rehearse, whileReadying } from "../../src/client/warm-up.js";
import { SUITE_NAMES } from "../../src/protocol/suite-names.js";

// Whoever waits does not look at how it ended: it would fail in silence, and only make the real one slower.
test.each(SUITE_NAMES)("a rehearsal with %s goes through to the same key", async (curve) => {
  await expect(rehearse(curve)).resolves.toBeUndefined();
});

test("who gets ready while waiting gets what was waited for", async () => {
  await expect(whileReadying(Promise.resolve("y"))).resolves.toBe("y");
  await expect(whileReadying(Promise.reject(new Error("lost")))).rejects.toThrow("lost");
});
