import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concat, utf8 } from "../../src/protocol/bytes.js";
import {
  decodeAck,
  decodeEnd,
  decodeError,
  decodeHello,
  encodeAck,
  encodeEnd,
  encodeError,
  encodeHello,
  PEER_ERROR_CODES,
  SMALL_MESSAGE_MAX_BYTES,
} from "../../src/protocol/messages.js";
import { exitCode } from "../../src/protocol/problem.js";
import { bytes, outcome, problem, repeatable } from "./support.js";

const draw = repeatable("messages");
const nonce = draw(16);
const sasNonce = draw(32);
const count = fc.maxSafeNat();

test("no bytes make a decoder throw anything but a bad message", () => {
  const decoders = [
    (plaintext: Uint8Array) => decodeHello("sender", plaintext),
    (plaintext: Uint8Array) => decodeHello("recipient", plaintext),
    decodeEnd,
    decodeAck,
    decodeError,
  ];
  const nearly = fc.tuple(fc.uint8Array({ maxLength: 48 }), fc.json()).map(([head, json]) => concat(head, utf8(json)));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), nearly), fc.constantFrom(...decoders), (plaintext, decode) => {
      const result: unknown = outcome<unknown>(() => decode(plaintext));
      expect(typeof result === "object" || result === "bad_message").toBe(true);
    }),
  );
});

describe("hello", () => {
  test("brings a nonce, and from a sender nS", () => {
    expect(decodeHello("sender", encodeHello({ nonce, sasNonce }))).toEqual({ nonce, sasNonce });
    expect(decodeHello("recipient", encodeHello({ nonce }))).toEqual({ nonce });
  });

  test("is 50 bytes from a sender and 18 from a recipient", () => {
    expect(encodeHello({ nonce, sasNonce })).toHaveLength(16 + 32 + 2);
    expect(encodeHello({ nonce })).toHaveLength(16 + 2);
  });

  test("may say what nobody knows yet, up to 4096 bytes", () => {
    const later = concat(nonce, utf8(`{"later":${" ".repeat(4096 - 16 - 11)}1}`));
    expect(later).toHaveLength(SMALL_MESSAGE_MAX_BYTES);
    expect(decodeHello("recipient", later)).toEqual({ nonce });
    const longer = concat(nonce, utf8(`{"later":${" ".repeat(4096 - 16 - 10)}1}`));
    expect(() => decodeHello("recipient", longer)).toThrow(problem("bad_message"));
  });

  test("is copied out of the buffer that it came in", () => {
    const plaintext = encodeHello({ nonce, sasNonce });
    const hello = decodeHello("sender", plaintext);
    plaintext.fill(0);
    expect(hello).toEqual({ nonce, sasNonce });
  });

  test.each([
    ["nothing", bytes()],
    ["a nonce that is cut", nonce.subarray(1)],
    ["no object", nonce],
    ["a recipient's hello", encodeHello({ nonce })],
    ["a list", concat(nonce, sasNonce, utf8("[]"))],
    ["a key twice", concat(nonce, sasNonce, utf8('{"a":1,"a":1}'))],
  ])("of a sender is no hello with %s", (_what, plaintext) => {
    expect(() => decodeHello("sender", plaintext)).toThrow(problem("bad_message"));
  });
});

describe("end and ack", () => {
  test("say what was done, up to 2^53-1", () => {
    fc.assert(
      fc.property(count, count, (entries, total) => {
        expect(decodeEnd(encodeEnd({ entries, failed: entries, bytes: total }))).toEqual({
          entries,
          failed: entries,
          bytes: total,
        });
        expect(decodeAck(encodeAck({ entries, bytes: total }))).toEqual({ entries, bytes: total });
      }),
    );
  });

  test("unknown keys are ignored", () => {
    expect(decodeEnd(utf8('{"entries":2,"failed":1,"bytes":3,"more":{}}'))).toEqual({
      entries: 2,
      failed: 1,
      bytes: 3,
    });
    expect(decodeAck(utf8('{"bytes":3,"entries":2,"more":[]}'))).toEqual({ entries: 2, bytes: 3 });
  });

  test.each([
    ["a key that is missing", '{"entries":1,"bytes":1}'],
    ["a negative count", '{"entries":-1,"failed":-1,"bytes":1}'],
    ["a count that is no integer", '{"entries":1.5,"failed":0,"bytes":1}'],
    ["a count of 2^53", '{"entries":1,"failed":0,"bytes":9007199254740992}'],
    ["a count as text", '{"entries":1,"failed":0,"bytes":"1"}'],
    ["too much of it", `{"entries":1,"failed":0,"bytes":1}${" ".repeat(4096)}`],
  ])("end is refused with %s", (_what, text) => {
    expect(() => decodeEnd(utf8(text))).toThrow(problem("bad_message"));
  });

  test.each(['{"entries":1}', '{"bytes":1}', '{"entries":null,"bytes":1}', "[1,1]", ""])(
    "ack is refused as %j",
    (text) => {
      expect(() => decodeAck(utf8(text))).toThrow(problem("bad_message"));
    },
  );
});

describe("error", () => {
  test.each(PEER_ERROR_CODES)("%s comes across", (code) => {
    expect(decodeError(encodeError({ code, message: "why" }))).toEqual({ code, message: "why" });
  });

  test("the other side's exit codes are those of the protocol", () => {
    expect(PEER_ERROR_CODES.map(exitCode)).toEqual([5, 5, 3, 7, 7, 1, 1, 1]);
  });

  test("any text fits, cut if need be", () => {
    const repeated = fc
      .tuple(fc.constantFrom("\0", "\ud800", '"', "\u00fc", "\u{1f600}", "a"), fc.nat(4200))
      .map(([character, times]) => character.repeat(times));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), repeated), (message) => {
        const plaintext = encodeError({ code: "cancelled", message });
        expect(plaintext.length).toBeLessThanOrEqual(SMALL_MESSAGE_MAX_BYTES);
        expect(outcome(() => decodeError(plaintext))).not.toBe("bad_message");
      }),
      { numRuns: 200 },
    );
  });

  test("a code that nobody knows yet is a failure", () => {
    expect(decodeError(utf8('{"code":"tired","message":"zzz"}'))).toEqual({ code: "failed", message: "zzz" });
    expect(decodeError(utf8('{"code":"__proto__","message":""}')).code).toBe("failed");
  });

  test.each([
    '{"code":"declined"}',
    '{"message":"x"}',
    '{"code":1,"message":"x"}',
    '{"code":"declined","message":"\\ud800"}',
  ])("%s is refused", (text) => {
    expect(() => decodeError(utf8(text))).toThrow(problem("bad_message"));
  });
});
