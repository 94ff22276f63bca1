import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromBase64Url, toBase64Url } from "../../src/protocol/base64url.js";
import { concat, equalBytes, fromUtf8, hex, u64be, utf8, wipe } from "../../src/protocol/bytes.js";
import { lv, readLv } from "../../src/protocol/lv.js";
import { bytes, unhex } from "./support.js";

describe("base64url", () => {
  test("is what Node makes of any bytes, and reads back as the same", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (any) => {
        const text = toBase64Url(any);
        expect(text).toBe(Buffer.from(any).toString("base64url"));
        expect(fromBase64Url(text)).toEqual(any);
      }),
    );
  });

  test("whatever text it takes is the one text of its bytes", () => {
    const unit = fc.constantFrom(..."AQgwz019-_+/= \n\u0141".split(""));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit, maxLength: 12 }), fc.string()), (text) => {
        const read = fromBase64Url(text);
        expect(read === undefined || toBase64Url(read) === text).toBe(true);
      }),
    );
  });

  test.each([
    ["padding", "AA=="],
    ["the other alphabet", "+/+/"],
    ["a space", "AA AA"],
    ["a line feed at the end", "AAAA\n"],
    ["one character over", "AAAAA"],
    ["unused bits of one byte", "AB"],
    ["unused bits of two bytes", "AAB"],
    ["a character beyond ASCII", "AAA\u0100"],
    ["a character that lower eight bits make valid", "AAA\u0141"],
  ])("refuses %s", (_what, text) => {
    expect(fromBase64Url(text)).toBeUndefined();
  });
});

describe("bytes", () => {
  test("equalBytes is equality", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (a, b) => {
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
        expect(equalBytes(a, a.slice())).toBe(true);
      }),
    );
  });

  test("u64be holds every integer up to 2^53-1, and bigints up to 2^64-1", () => {
    expect(hex(u64be(0))).toBe("0000000000000000");
    expect(hex(u64be(Number.MAX_SAFE_INTEGER))).toBe("001fffffffffffff");
    expect(hex(u64be(2n ** 64n - 1n))).toBe("ffffffffffffffff");
  });

  test("UTF-8 is strict and keeps a BOM", () => {
    expect(fromUtf8(utf8("grün"))).toBe("grün");
    expect(fromUtf8(bytes(0xef, 0xbb, 0xbf, 0x61))).toBe("\ufeffa");
    expect(fromUtf8(bytes(0xc0, 0x80))).toBeUndefined();
    expect(fromUtf8(bytes(0xed, 0xa0, 0x80))).toBeUndefined();
  });

  test("wipe leaves nothing but zeros", () => {
    const [a, b] = [bytes(1, 2), bytes(3)];
    wipe(a, b);
    expect(concat(a, b)).toEqual(new Uint8Array(3));
  });
});

describe("lv", () => {
  test("whatever it puts together comes apart again", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), (parts) => {
        expect(readLv(lv(...parts), parts.length)).toEqual(parts);
      }),
    );
  });

  test("whatever it takes is the one encoding of its parts", () => {
    const shortLengths = fc
      .array(fc.constantFrom(0, 1, 2, 3, 0x80, 0x81, 0xff), { maxLength: 12 })
      .map((list) => Uint8Array.from(list));
    fc.assert(
      fc.property(fc.oneof(shortLengths, fc.uint8Array()), fc.nat(4), (any, count) => {
        const parts = readLv(any, count);
        expect(parts === undefined ? any : lv(...parts)).toEqual(any);
      }),
    );
  });

  test.each([
    [0x7f, "7f"],
    [0x80, "8001"],
    [0x3fff, "ff7f"],
    [0x4000, "808001"],
    [0x1fffff, "ffff7f"],
  ])("a length of %i is written as %s", (length, prefix) => {
    const encoded = lv(new Uint8Array(length));
    expect(hex(encoded.subarray(0, prefix.length / 2))).toBe(prefix);
    expect(readLv(encoded, 1)?.[0]?.length).toBe(length);
  });

  test.each([
    ["nothing where a part should be", "", 1],
    ["a part too few", "0161", 2],
    ["a part too many", "01610162", 1],
    ["a byte behind the last part", "016100", 1],
    ["a part that is cut", "0261", 1],
    ["a length that is cut", "80", 1],
    ["zero in two bytes", "8000", 1],
    ["one in two bytes", "810061", 1],
    ["one in two bytes, of which the second would pass for the part", "8100", 1],
    ["one in three bytes", "81800061", 1],
    ["a length of four bytes", "8080800100", 1],
    ["a length that never ends", "ffffffffff", 1],
  ])("refuses %s", (_what, text, count) => {
    expect(readLv(unhex(text), count)).toBeUndefined();
  });

  test("refuses a part that is longer than allowed", () => {
    expect(readLv(lv(new Uint8Array(8)), 1, 8)).toHaveLength(1);
    expect(readLv(lv(new Uint8Array(9)), 1, 8)).toBeUndefined();
  });
});
