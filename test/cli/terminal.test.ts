import { describe, expect, test } from "vitest";
import { cleanLines } from "../../src/cli/terminal/clean.js";
import { Screen } from "../../src/cli/terminal/screen.js";
import { displayWidth, fit } from "../../src/cli/terminal/width.js";

/** A stream that keeps what is written to it. */
function paper(options: { isTTY?: boolean; columns?: number } = {}) {
  return {
    ...options,
    text: "",
    write(part: string) {
      this.text += part;
      return true;
    },
  };
}

describe("the width of a text", () => {
  test.each([
    ["report.pdf", 10],
    ["naïve", 5],
    ["日本語", 6],
    ["e\u0301", 1],
    ["🎉", 2],
    ["", 0],
  ])("%j is %d columns", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  test("what is too long keeps both its ends", () => {
    expect(fit("a-very-long-name-of-a-report.pdf", 16)).toBe("a-very-l…ort.pdf");
    expect(displayWidth(fit("日本語の長いファイル名.pdf", 12))).toBeLessThanOrEqual(12);
    expect(fit("abc", 3)).toBe("abc");
    expect([fit("abc", 1), fit("abc", 0)]).toEqual(["…", ""]);
  });
});

describe("a screen", () => {
  test("has colours on a terminal, and none where they are not wanted", () => {
    expect(new Screen(paper({ isTTY: true }), {}).paint("red", "x")).toBe("\u001b[31mx\u001b[39m");
    expect(new Screen(paper({ isTTY: true }), { NO_COLOR: "1" }).paint("red", "x")).toBe("x");
    expect(new Screen(paper({ isTTY: true }), { TERM: "dumb" }).paint("red", "x")).toBe("x");
    expect(new Screen(paper(), {}).paint("red", "x")).toBe("x");
  });

  test("writes its last lines over, cut to the width, and puts them below new lines again", () => {
    const stream = paper({ isTTY: true, columns: 10 });
    const screen = new Screen(stream, {});
    screen.status("0123456789abcdef");
    expect(stream.text).toBe("0123…cdef");
    stream.text = "";
    screen.line("new");
    expect(stream.text).toBe("\r\u001b[Jnew\n0123…cdef");
    stream.text = "";
    screen.status("one", "two");
    expect(stream.text).toBe("\r\u001b[Jone\ntwo");
    stream.text = "";
    screen.clear();
    screen.clear();
    expect(stream.text).toBe("\r\u001b[1A\u001b[J");
  });

  test("finds its last lines again when the terminal has become narrower and broken them", () => {
    const stream = paper({ isTTY: true, columns: 20 });
    const screen = new Screen(stream, {});
    screen.status("0123456789abc", "short");
    stream.columns = 5;
    stream.text = "";
    screen.clear();
    expect(stream.text).toBe("\r\u001b[3A\u001b[J");
  });

  test.each([
    [{}, {}],
    [{ isTTY: true }, { TERM: "dumb" }],
  ])("writes nothing over on %j with %j", (options, environment) => {
    const stream = paper(options);
    new Screen(stream, environment).status("50 %");
    expect(stream.text).toBe("");
  });
});

test("sentences are broken between words on a terminal, and nowhere else", () => {
  const sentence = "one two threefour \u001b[1mfive\u001b[22m six";
  for (const [options, expected] of [
    [{ isTTY: true, columns: 9 }, "one two\nthreefour\n\u001b[1mfive\u001b[22m six\n"],
    [{}, `${sentence}\n`],
  ] as const) {
    const stream = paper(options);
    new Screen(stream, {}).prose(sentence);
    expect(stream.text).toBe(expected);
  }
});

test("a text of the other side keeps its lines and cannot act on the terminal", () => {
  expect(cleanLines("a\r\nb\tc\u001b[2J\u202e\u0000\u2028\u{e0041}z")).toBe(
    "a\nb\tc\ufffd[2J\ufffd\ufffd\ufffd\ufffdz",
  );
});
