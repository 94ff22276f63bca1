import { expect, test } from "vitest";
import { fitsPath } from "../../../src/transfer/disk/path-length.js";

test.each([
  ["linux", 4096],
  ["darwin", 1024],
  ["freebsd", 1024],
] as const)("on %s, path, name of its part and a zero fit into %i bytes", (platform, max) => {
  const room = max - 42;
  expect(fitsPath("/r", "e".repeat(room - 2), platform)).toBe(true);
  expect(fitsPath("/r", "e".repeat(room - 1), platform)).toBe(false);
});

test("bytes are counted, on Windows units of UTF-16", () => {
  expect(fitsPath("/r", "\u20ac".repeat(1_400), "linux")).toBe(false);
  expect(fitsPath("/r", "\u00e9".repeat(1_400), "linux")).toBe(true);
  expect(fitsPath("C:\\r", "\u20ac".repeat(32_000), "win32")).toBe(true);
  expect(fitsPath("C:\\r", "\u20ac".repeat(32_760), "win32")).toBe(false);
});
