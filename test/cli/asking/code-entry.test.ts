import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { askLine, askYesNo, type Person } from "../../../src/cli/terminal/ask.js";
import { askForCode, completeCode } from "../../../src/cli/terminal/code-prompt.js";
import { Screen } from "../../../src/cli/terminal/screen.js";

const CODE = "4821-cactus-lemon-violin";

/** A person at a terminal that is none: what they press is written, what they see is read. */
function somebody() {
  const keyboard = new PassThrough();
  const output = new PassThrough();
  let seen = "";
  let interrupted = 0;
  output.setEncoding("utf8").on("data", (text: string) => (seen += text));
  const screen = new Screen({ write: (text) => (seen += text) }, {});
  const person: Person = { keyboard, output, screen, interrupt: () => void interrupted++ };
  return {
    person,
    press: (keys: string) => keyboard.write(keys),
    hangUp: () => keyboard.end(),
    get seen() {
      return seen;
    },
    get interrupted() {
      return interrupted;
    },
  };
}

let dumb: string | undefined;
beforeEach(() => {
  dumb = process.env["TERM"];
  process.env["TERM"] = "xterm";
});
afterEach(() => {
  if (dumb === undefined) delete process.env["TERM"];
  else process.env["TERM"] = dumb;
});

const never = new AbortController().signal;

describe("Tab", () => {
  test.each([
    ["4821-cact", ["cactus"], "cact"],
    ["4821-cactus-lem", ["lemon"], "lem"],
    ["4821 cactus lem", ["lemon"], "lem"],
    ["4821-cactus.LEM", ["lemon"], "LEM"],
  ])("after %j offers %j", (line, words, replaced) => {
    expect(completeCode(line)).toEqual([words, replaced]);
  });

  test("offers all words with this beginning", () => {
    const [words] = completeCode("4821-vio");
    expect(words).toEqual(["violin"]);
    expect(completeCode("4821-ab")[0]).toEqual(expect.arrayContaining(["abandon", "ability", "able", "about"]));
  });

  test.each(["", "48", "4821", "4821-", "4821-cactus-", "4821-cactus-x9"])("after %j offers nothing", (line) => {
    expect(completeCode(line)).toEqual([[], line]);
  });
});

describe("the code prompt", () => {
  test("completes a word by Tab, and takes the code", async () => {
    const someone = somebody();
    const code = askForCode(someone.person, never);
    // One key at a time: node:readline takes a Tab among others for a part of something pasted.
    for (const [keys, shown] of [
      ["4821-cact", "cact"],
      ["\t", "cactus"],
      ["-lemon-vio", "-vio"],
      ["\t", "violin"],
    ] as const) {
      someone.press(keys);
      await expect.poll(() => someone.seen).toContain(shown);
    }
    someone.press("\r");
    expect(await code).toBe(CODE);
  });

  test("tells a mistyped word and asks again", async () => {
    const someone = somebody();
    const code = askForCode(someone.person, never);
    someone.press("4821-cactsu-lemon-violin\r");
    await expect.poll(() => someone.seen).toContain("Word 1 of the code is not in the list.");
    someone.press(`${CODE}\r`);
    expect(await code).toBe(CODE);
  });

  test("ends without a code when the terminal goes away", async () => {
    const { person, hangUp } = somebody();
    const code = askForCode(person, never);
    hangUp();
    await expect(code).rejects.toMatchObject({ code: "usage" });
  });

  test("hands Ctrl-C on, and ends with the signal", async () => {
    const someone = somebody();
    const controller = new AbortController();
    const code = askForCode(someone.person, controller.signal);
    someone.press("\u0003");
    await expect.poll(() => someone.interrupted).toBe(1);
    controller.abort(new Error("interrupted"));
    await expect(code).rejects.toThrowError("interrupted");
  });
});

describe("a question", () => {
  test.each([
    ["y\r", "y"],
    ["YES\r", "y"],
    ["n\r", "n"],
    ["\r", "n"],
    ["l\r", "l"],
    ["\u0004", "n"],
  ])("answered with %j is %s", async (keys, answer) => {
    const { person, press } = somebody();
    const asked = askYesNo(person, "Really?", never, [{ key: "l", meaning: "list all" }]);
    press(keys);
    expect(await asked).toBe(answer);
  });

  test("with another answer is asked again", async () => {
    const someone = somebody();
    const asked = askYesNo(someone.person, "Really?", never);
    someone.press("maybe\r");
    await expect.poll(() => someone.seen).toMatch(/Please answer y .*Really\?.*\] /s);
    someone.press("y\r");
    expect(await asked).toBe("y");
  });

  test("shows its choices", async () => {
    const someone = somebody();
    const asked = askYesNo(someone.person, "Really?", never, [{ key: "l", meaning: "list all" }]);
    someone.press("\r");
    await asked;
    expect(someone.seen).toContain("Really? [y/N, l = list all] ");
  });

  test("is not asked after an interruption", async () => {
    await expect(
      askLine(somebody().person, "?", { signal: AbortSignal.abort(new Error("gone")) }),
    ).rejects.toThrowError("gone");
  });
});
