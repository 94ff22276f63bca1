import { wordlist } from "@scure/bip39/wordlists/english.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  completeWord,
  DEFAULT_WORDS,
  formatCode,
  generateSecret,
  MAX_WORDS,
  MIN_WORDS,
  parseCode,
} from "../../src/protocol/code-phrase.js";
import { bytes, CODE, outcome, problem, repeatable, thrown } from "./support.js";

const secretOf = (text: string): string => new TextDecoder().decode(parseCode(text).secret.reveal());

describe("every spelling of one code is the same code", () => {
  test.each([
    ["as shown", "4821-cactus-lemon-violin"],
    ["with capitals", "4821-Cactus-LEMON-violin"],
    ["with spaces", "4821 cactus lemon violin"],
    ["with the white space of a paste around it", "\r\n\t 4821-cactus-lemon-violin \n"],
    ["with other separators", "4821._-cactus__lemon..violin"],
    ["with a no-break space", "4821\u00a0cactus\u00a0lemon\u00a0violin"],
    ["with the dashes of a word processor", "4821\u2010cactus\u2013lemon\u2014violin"],
    ["with a minus sign", "4821\u2212cactus\u2212lemon\u2212violin"],
    ["with dashes outside", "--4821-cactus-lemon-violin--"],
    ["in full-width letters", "\uff14\uff18\uff12\uff11\uff0d\uff23actus-lemon-violin"],
    ["with a BOM before it", "\ufeff4821-cactus-lemon-violin"],
    ["with words cut to four letters", "4821-cact-lemo-viol"],
    ["with words cut elsewhere", "4821-cactu-lemon-violi"],
  ])("%s", (_how, text) => {
    const { channel, secret } = parseCode(text);
    expect(channel).toBe("4821");
    expect(formatCode(channel, secret)).toBe("4821-cactus-lemon-violin");
  });

  test("the canonical form of a canonical form is itself", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 30 }), (any) => {
        const canonical = outcome(() => secretOf(`1 ${any}`));
        fc.pre(canonical !== "bad_code");
        expect(secretOf(`1-${canonical}`)).toBe(canonical);
      }),
    );
  });

  test("whatever was generated is read back", () => {
    fc.assert(
      fc.property(fc.integer({ min: MIN_WORDS, max: MAX_WORDS }), fc.string(), (words, label) => {
        const secret = generateSecret(words, repeatable(label));
        const code = formatCode(CODE.channel, secret);
        expect(formatCode(CODE.channel, parseCode(code).secret)).toBe(code);
        expect(code.split("-")).toHaveLength(words + 1);
      }),
    );
  });
});

describe("words", () => {
  test.each([
    ["none", "4821"],
    ["none behind the dash", "4821-"],
    ["nothing at all", ""],
    ["only separators", " -_. "],
    ["one", "4821-cactus"],
    ["seven", "4821-cactus-lemon-violin-cactus-lemon-violin-cactus"],
    ["one that is not in the list", "4821-cactus-lemons-violin"],
    ["a typo", "4821-cactsu-lemon-violin"],
    ["a prefix of three letters", "4821-cac-lemon-violin"],
    ["a word of another language", "4821-ananas-lemon-violin"],
  ])("%s: refused", (_what, text) => {
    expect(() => parseCode(text)).toThrow(problem("bad_code"));
  });

  test.each(["cactus-lemon", "cactus-lemon-violin-cactus-lemon-violin"])("%s: taken", (words) => {
    expect(secretOf(`4821-${words}`)).toBe(words);
  });

  test("a whole word is itself though others begin with it", () => {
    expect(secretOf("4821-act-actor")).toBe("act-actor");
  });

  test("four letters always tell one word, so every prefix of every word is understood", () => {
    for (const word of wordlist.filter(({ length }) => length > 4)) {
      expect(secretOf(`1-${word.slice(0, 4)}-zoo`)).toBe(`${word}-zoo`);
    }
  });
});

describe("secrets of one's own", () => {
  test.each([
    ["a digit in it", "4821-correct7", "correct7"],
    ["a separator in it", "4821-Pass Word_1", "pass-word-1"],
    ["other letters", "4821-h\u00fchnerei", "h\u00fchnerei"],
    ["composed or not, it is one", "4821-hu\u0308hnerei", "h\u00fchnerei"],
    ["characters outside the BMP count as one", `4821-${"\u{1f511}".repeat(8)}`, "\u{1f511}".repeat(8)],
    ["capitals beyond ASCII stay", "4821-\u00dcbergabe1", "\u00dcbergabe1"],
  ])("%s", (_what, text, secret) => {
    expect(secretOf(text)).toBe(secret);
  });

  test.each([
    ["seven characters", "4821-correct"],
    ["seven characters with a digit", "4821-correc7"],
    ["seven outside the BMP, fourteen in UTF-16", `4821-${"\u{1f511}".repeat(7)}`],
    ["half of a surrogate pair", "4821-12345678\ud83d"],
  ])("%s: refused", (_what, text) => {
    expect(() => parseCode(text)).toThrow(problem("bad_code"));
  });
});

describe("the channel in a code", () => {
  test.each(["a", "0", "x".repeat(64), "abc123"])("%s is taken", (channel) => {
    expect(parseCode(`${channel}-cactus-lemon`).channel).toBe(channel);
  });

  test.each(["x".repeat(65), "k\u00e4se", "a+b", "a/b"])("%s is refused", (channel) => {
    expect(() => parseCode(`${channel}-cactus-lemon`)).toThrow(problem("bad_code"));
  });
});

test.each(["4821-sesame", "4821-secrt-lemon-violin", "4821-s3cret", "4821-word\ud83d-12345678"])(
  "the error for %j does not repeat what was typed",
  (text) => {
    const error = thrown(() => parseCode(text));
    expect(error.code).toBe("bad_code");
    expect(`${error.message} ${error.hint} ${JSON.stringify(error.extensions)}`).not.toMatch(
      /sesame|secrt|s3cret|word\ud83d/,
    );
  },
);

describe("generated words", () => {
  test("every word can come, each from one pair of bytes in 32", () => {
    const first = (high: number, low: number): string =>
      formatCode(
        "1" as never,
        generateSecret(2, () => bytes(high, low, 0, 0)),
      ).split("-")[1] ?? "";
    expect(first(0, 0)).toBe(wordlist[0]);
    expect(first(0x07, 0xff)).toBe(wordlist[2047]);
    expect(first(0x08, 0x00)).toBe(wordlist[0]);
    expect(first(0xff, 0xff)).toBe(wordlist[2047]);
  });

  test("three by default, which is 33 bits", () => {
    expect(wordlist).toHaveLength(2048);
    expect(DEFAULT_WORDS).toBe(3);
  });

  test.each([1, 7, 2.5, Number.NaN])("%d words are not made", (words) => {
    expect(() => generateSecret(words, repeatable("no"))).toThrow(RangeError);
  });
});

test("Tab completes from the first letters, in any case", () => {
  expect(completeWord("cact")).toEqual(["cactus"]);
  expect(completeWord("ACT")).toEqual(["act", "action", "actor", "actress", "actual"]);
  expect(completeWord("xyz")).toEqual([]);
  expect(completeWord("")).toHaveLength(2048);
});
