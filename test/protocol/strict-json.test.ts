import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concat, utf8 } from "../../src/protocol/bytes.js";
import { isCount, isText, parseJsonObject } from "../../src/protocol/strict-json.js";
import { bytes } from "./support.js";

describe("JSON of a peer", () => {
  test("an object is what JSON.parse makes of it", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const text = JSON.stringify(object);
        expect(parseJsonObject(utf8(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  test("no bytes make it throw", () => {
    const tokens = fc.array(fc.constantFrom("{", "}", "[", "]", ":", ",", '"a"', '"\\"', '"', "1", " ", "null"), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          tokens.map((list) => utf8(list.join(""))),
        ),
        (any) => void parseJsonObject(any),
      ),
    );
  });

  test.each([
    ["a key twice", '{"a":1,"a":1}'],
    ["a key twice in two spellings", '{"a":1,"\\u0061":2}'],
    ["a key twice inside", '{"b":[{"a":1,"a":2}]}'],
    ["a key twice behind a value that holds braces", '{"a":"{}","b":{"a":1},"a":2}'],
    ["a key twice with an escaped quote", '{"\\"":1,"\\"":2}'],
    ["__proto__ twice", '{"__proto__":1,"__proto__":2}'],
    ["an array", "[]"],
    ["null", "null"],
    ["a number", "1"],
    ["a string", '"{}"'],
    ["nothing", ""],
    ["two objects", "{}{}"],
    ["a comma too many", '{"a":1,}'],
    ["a comment", "{}//"],
  ])("refuses %s", (_what, text) => {
    expect(parseJsonObject(utf8(text))).toBeUndefined();
  });

  test.each([
    ["a BOM", concat(bytes(0xef, 0xbb, 0xbf), utf8("{}"))],
    ["UTF-16", bytes(0x7b, 0, 0x7d, 0)],
    ["overlong UTF-8", concat(utf8('{"a":"'), bytes(0xc0, 0xaf), utf8('"}'))],
  ])("refuses %s", (_what, any) => {
    expect(parseJsonObject(any)).toBeUndefined();
  });

  test.each([
    ["the same key in two objects", '{"a":{"x":1},"b":{"x":1}}'],
    ["the same key one level down", '{"a":{"a":{"a":1}}}'],
    ["a value that looks like a key", '{"a":"\\"b\\":1","b":"a"}'],
    ["keys of the prototype", '{"__proto__":1,"toString":2,"constructor":3}'],
    ["space around", ' \r\n\t{ "a" : 1 } '],
  ])("takes %s", (_what, text) => {
    expect(parseJsonObject(utf8(text))).toEqual(JSON.parse(text));
  });

  test("takes what is nested as deep as a line can hold", () => {
    const depth = 8000;
    const text = `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    expect(parseJsonObject(utf8(text))).toBeDefined();
    expect(parseJsonObject(utf8(`{"a":1,${text.slice(1)}`))).toBeUndefined();
  });

  test("a key named __proto__ changes no prototype", () => {
    expect(Object.getPrototypeOf(parseJsonObject(utf8('{"__proto__":{"polluted":true}}')))).toBe(Object.prototype);
  });
});

test.each([0, 1, Number.MAX_SAFE_INTEGER])("%d is a count", (value) => {
  expect(isCount(value)).toBe(true);
});

test.each([-1, -0, 0.5, 2 ** 53, Number.NaN, Infinity, "1", null, undefined, 1n])("%s is no count", (value) => {
  expect(isCount(value)).toBe(false);
});

test("half of a surrogate pair is no text", () => {
  expect(isText("\u{1f600}")).toBe(true);
  expect(isText("\ud83d")).toBe(false);
  expect(isText("\ude00\ud83d")).toBe(false);
  expect(isText(1)).toBe(false);
});
