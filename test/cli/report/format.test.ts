import { describe, expect, test } from "vitest";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatElapsed,
  formatRate,
  plural,
} from "../../../src/cli/report/format.js";
import { progressLine, progressText } from "../../../src/cli/report/progress-line.js";
import { displayWidth } from "../../../src/cli/terminal/width.js";

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [999, "999 bytes"],
  [1000, "1.0 kB"],
  [9_949, "9.9 kB"],
  [9_950, "10 kB"],
  [999_499, "999 kB"],
  [999_500, "1.0 MB"],
  [12_345_678, "12 MB"],
  [7_500_000_000, "7.5 GB"],
  [Number.MAX_SAFE_INTEGER, "9.0 PB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0, "0 s"],
  [0.2, "1 s"],
  [59.5, "1 min"],
  [65, "1 min 5 s"],
  [3600, "1 h"],
  [3723, "1 h 2 min"],
])("%d seconds are %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test("what was short is told with a fraction", () => {
  expect([formatElapsed(0.01), formatElapsed(3.21), formatElapsed(75.4)]).toEqual(["0.1 s", "3.2 s", "1 min 15 s"]);
});

test("counts have a comma and the right number", () => {
  expect([plural(1, "file"), plural(0, "file"), plural(12_345, "file"), formatCount(1_234_567)]).toEqual([
    "1 file",
    "0 files",
    "12,345 files",
    "1,234,567",
  ]);
  expect(formatRate(1_500_000.4)).toBe("1.5 MB/s");
});

describe("a line of progress", () => {
  const half = { event: "progress", bytes: 15_000_000, total: 30_000_000, rate: 7_500_000, seconds_left: 2 } as const;

  test("says how far, how much, how fast and how long", () => {
    expect(progressText(half)).toBe(" 50 %  15 MB of 30 MB  7.5 MB/s  2 s left");
    expect(progressText({ ...half, total: null, seconds_left: null })).toBe("15 MB  7.5 MB/s");
  });

  test("is at 100 % only when everything is there", () => {
    expect(progressText({ ...half, bytes: 29_999_999 })).toMatch(/^ 99 %/);
    expect(progressText({ ...half, bytes: 30_000_000, seconds_left: 0 })).toBe("100 %  30 MB of 30 MB  7.5 MB/s");
  });

  test.each([20, 40, 60, 79, 120])("fits into %d columns", (columns) => {
    for (const label of [
      "a.txt",
      "a-very-long-name-of-a-report-that-goes-on-and-on.pdf",
      "日本語の長いファイル名と、もっと長い名前.pdf",
    ]) {
      expect(displayWidth(progressLine(label, half, columns))).toBeLessThanOrEqual(columns);
    }
  });

  test("has a bar where there is room for one", () => {
    expect(progressLine("report.pdf", half, 79)).toMatch(/^report\.pdf {2}\[=+> +\] {3}50 % /);
    expect(progressLine("report.pdf", half, 55)).not.toContain("[");
  });
});
