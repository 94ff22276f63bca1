import { describe, expect, test } from "vitest";
import { cleanText } from "../../src/client/clean-text.js";

describe("a text of a relay on a terminal", () => {
  test.each([
    ["keeps what people write", "Die Tür ist zu. 部屋は満員です 🎉", "Die Tür ist zu. 部屋は満員です 🎉"],
    ["is one line", "first\r\nsecond\tthird\n", "first second third"],
    ["moves no cursor and sets no colour", "a\u001b[2Jb\u009b31mc\u0007\u0000\u007f", "a[2Jb31mc"],
    ["does not turn the direction of writing", "exe.\u202etxt\u2066x\u2069\u200f\u061c", "exe.txtx"],
    ["hides nothing between letters", "pay\u200bpal\ufeff\u2060\u00ad\u{e0041}", "paypal"],
    ["has no line separators of Unicode", "a\u2028b\u2029c", "abc"],
    ["hides nothing by other format characters", "a\u0600b\u180ec\u{110bd}d\ufff9e\u{e0001}f", "abcdef"],
    ["has no halves of characters", "a\ud800b", "ab"],
  ])("%s", (_what, text, expected) => {
    expect(cleanText(text)).toBe(expected);
  });

  test("is not longer than a sentence or two, however long it was", () => {
    expect(cleanText("x".repeat(1_000_000))).toBe(`${"x".repeat(499)}…`);
    expect(cleanText("abcdef", 4)).toBe("abc…");
    expect(cleanText("ab🎉cd", 4)).toBe("ab…");
  });
});
