/** Rules 1 to 3 of docs/PROTOCOL.md section 3.3, broken one at a time. */
import { toBase64Url } from "../../../src/protocol/base64url.js";
import { concat, utf8 } from "../../../src/protocol/bytes.js";
import { lv } from "../../../src/protocol/lv.js";
import { present } from "../values.js";
import { type Case, casesOf } from "./case.js";
import { badShares } from "./points.js";
import { type Round, withStrayBits } from "./round.js";

const EMPTY = new Uint8Array(0);
const CAPS = utf8('{"v":[1],"chunk":1048576}');
const zeros = (length: number): Uint8Array => new Uint8Array(length);
const longer = (bytes: Uint8Array): Uint8Array => concat(bytes, zeros(1));
const shorter = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, -1);
/** A length in one byte more than it needs. */
const longLength = (length: number): Uint8Array => Uint8Array.of(length | 0x80, 0);
/** A length of four bytes, the last of which adds nothing. */
const fourByteLength = (length: number): Uint8Array => Uint8Array.of(length | 0x80, 0x80, 0x80, 0);
const capabilities = (length: number): Uint8Array => utf8('{"v":[1]}'.padEnd(length));

/** @returns the texts that lenient decoders take for the same bytes */
function spellings(text: string): readonly (readonly [string, string])[] {
  const standard = text.replaceAll("-", "+").replaceAll("_", "/");
  return [
    ["with padding", `${text}${"=".repeat((4 - (text.length % 4)) % 4 || 1)}`],
    ["with a line feed behind it", `${text}\n`],
    ["with a space before it", ` ${text}`],
    ["with a line break in it", `${text.slice(0, 40)}\r\n${text.slice(40)}`],
    ["with a foreign character in it", `${text.slice(0, 40)}!${text.slice(40)}`],
    ...(standard === text ? [] : [["in the standard alphabet of base64", standard] as const]),
    ...(text.length % 4 === 0 ? [] : [["with unused bits that are not zero", withStrayBits(text)] as const]),
  ];
}

/** x as the recipient gets it: refused before anything is posted. */
export function xCases({ suite, x, recipientInputs }: Round): Case[] {
  const { refused, taken } = casesOf("x", "wrong_code", recipientInputs);
  const { sid, ya, ek, commitment } = x;
  const of = (...parts: readonly Uint8Array[]) => ({ x: toBase64Url(lv(...parts)) });
  const ada = lv(ek, commitment, CAPS);
  const inAda = (...parts: readonly Uint8Array[]) => of(sid, ya, lv(...parts));
  const raw = (...parts: readonly Uint8Array[]) => ({ x: toBase64Url(concat(...parts)) });
  const kem = suite.kem;
  return [
    taken("as it should be", of(sid, ya, ada)),
    taken("capabilities of 1024 bytes", inAda(ek, commitment, capabilities(1024))),
    taken("capabilities that are no JSON: they are read only after the tag", inAda(ek, commitment, utf8("{"))),
    ...spellings(x.text).map(([how, text]) => refused(how, { x: text })),
    refused("empty", { x: "" }),
    refused("one character", { x: "A" }),
    refused("two parts", of(sid, ya)),
    refused("four parts", of(sid, ya, ada, EMPTY)),
    refused("a byte behind the last part", raw(lv(sid, ya, ada), zeros(1))),
    refused("a byte less than its lengths say", raw(shorter(lv(sid, ya, ada)))),
    refused("a sid of 15 bytes", of(shorter(sid), ya, ada)),
    refused("a sid of 17 bytes", of(longer(sid), ya, ada)),
    refused("no share", of(sid, EMPTY, ada)),
    refused("a share that is a byte short", of(sid, shorter(ya), ada)),
    refused("a share that is a byte long", of(sid, longer(ya), ada)),
    refused("two parts in ADa", inAda(ek, commitment)),
    refused("four parts in ADa", inAda(ek, commitment, CAPS, EMPTY)),
    refused("a byte behind the parts of ADa", of(sid, ya, longer(ada))),
    refused("an empty ADa", of(sid, ya, EMPTY)),
    refused("no commitment", inAda(ek, EMPTY, CAPS)),
    refused("a commitment of 31 bytes", inAda(ek, shorter(commitment), CAPS)),
    refused("a commitment of 33 bytes", inAda(ek, longer(commitment), CAPS)),
    refused("capabilities of 1025 bytes", inAda(ek, commitment, capabilities(1025))),
    refused("a length in more bytes than it needs", raw(longLength(sid.length), sid, lv(ya, ada))),
    refused("a length of four bytes", raw(fourByteLength(sid.length), sid, lv(ya, ada))),
    refused("a length that goes on to the end", raw(Uint8Array.of(0xff, 0xff, 0xff, 0xff))),
    ...(kem === undefined
      ? [
          refused(
            "the length of ek, which is 0, in two bytes",
            of(sid, ya, concat(longLength(0), lv(commitment, CAPS))),
          ),
          refused("a key of ML-KEM, which the suite has not", inAda(zeros(1184), commitment, CAPS)),
          refused("a text of more than 4096 characters", inAda(ek, commitment, capabilities(3100))),
        ]
      : [
          refused("no key of ML-KEM", inAda(EMPTY, commitment, CAPS)),
          refused("a key of ML-KEM that is a byte short", inAda(shorter(ek), commitment, CAPS)),
          refused("a key of ML-KEM that is a byte long", inAda(longer(ek), commitment, CAPS)),
          refused(
            "a key of ML-KEM whose first coefficient is the modulus, 3329",
            inAda(concat(Uint8Array.of(0x01, (present(ek[1]) & 0xf0) | 0x0d), ek.subarray(2)), commitment, CAPS),
          ),
          refused(
            "a key of ML-KEM whose last coefficient is 4095",
            inAda(
              ek.map((byte, at) => (at === 1151 ? 0xff : at === 1150 ? byte | 0xf0 : byte)),
              commitment,
              CAPS,
            ),
          ),
        ]),
    ...badShares(suite.group, ya).map(([name, share]) => refused(name, of(sid, share, ada))),
  ];
}

/** y and hh_k as the sender gets them. The tag is right wherever a lenient peer would come to one. */
export function yCases(round: Round): Case[] {
  const { suite, x, y, ya, hhK, hhKOf, senderInputs } = round;
  const { refused, taken } = casesOf("y", "wrong_code", senderInputs);
  const unsupported = casesOf("y", "unsupported", senderInputs).refused;
  const { yb, ct } = y;
  const adb = lv(ct, CAPS);
  const of = (bytes: Uint8Array, change: Parameters<typeof hhKOf>[0] = {}) => ({
    y: toBase64Url(bytes),
    hh_k: hhKOf({ bytes, ...change }),
  });
  const withAdb = (bytes: Uint8Array) => of(lv(yb, bytes), { adb: bytes });
  const withCapabilities = (caps: Uint8Array) => withAdb(lv(ct, caps));
  const reflected = present(suite.group.fromShare(x.ya)?.multiply(ya)?.toSecret());
  const identityShare = zeros(yb.length);
  return [
    taken("as it should be", { ...of(lv(yb, adb)), h_k: round.hK }),
    taken("capabilities with keys that nobody knows", withCapabilities(utf8('{"v":[1,7],"future":{"a":[]}}'))),
    ...spellings(y.text).map(([how, text]) => refused(how, { y: text, hh_k: hhK })),
    ...spellings(hhK).map(([how, text]) => refused(`hh_k ${how}`, { y: y.text, hh_k: text })),
    refused("hh_k of 42 characters", { y: y.text, hh_k: hhK.slice(0, -1) }),
    refused("no hh_k", { y: y.text, hh_k: "" }),
    refused("hh_k of other words", { y: y.text, hh_k: toBase64Url(zeros(32)) }),
    refused("empty", { y: "", hh_k: hhK }),
    refused("one part", of(lv(yb), { adb: EMPTY })),
    refused("three parts", of(lv(yb, adb, EMPTY))),
    refused("a byte behind the last part", of(longer(lv(yb, adb)))),
    refused("a byte less than its lengths say", of(shorter(lv(yb, adb)), { adb: shorter(adb) })),
    refused("no share", of(lv(EMPTY, adb), { yb: EMPTY })),
    refused("one part in ADb", withAdb(lv(ct))),
    refused("three parts in ADb", withAdb(lv(ct, CAPS, EMPTY))),
    refused("a byte behind the parts of ADb", withAdb(longer(adb))),
    refused("capabilities of 1025 bytes", withCapabilities(capabilities(1025))),
    refused("a length in more bytes than it needs", of(concat(lv(yb), longAdb(adb)))),
    refused("a length of four bytes", of(concat(fourByteLength(yb.length), yb, lv(adb)))),
    refused(
      "the sender's own share played back (rule 3), with the tag that belongs to it",
      of(lv(x.ya, adb), { yb: x.ya, adb, sharedPoint: reflected }),
    ),
    refused(
      "zeros for a share, with the tag of a K of zeros",
      of(lv(identityShare, adb), { yb: identityShare, adb, sharedPoint: zeros(secretBytes(round)) }),
    ),
    ...badShares(suite.group, yb).map(([name, share]) =>
      refused(name, of(lv(share, adb), { yb: share, adb, sharedPoint: sharedPointOf(round) })),
    ),
    ...(suite.kem === undefined
      ? [refused("a ciphertext of ML-KEM, which the suite has not", withAdb(lv(zeros(1088), CAPS)))]
      : [
          refused("no ciphertext of ML-KEM", of(lv(yb, lv(EMPTY, CAPS)), { adb: lv(EMPTY, CAPS), ss: EMPTY })),
          refused("a ciphertext of ML-KEM that is a byte short", withAdb(lv(shorter(ct), CAPS))),
          refused("a ciphertext of ML-KEM that is a byte long", withAdb(lv(longer(ct), CAPS))),
          refused("another ciphertext of ML-KEM, which decapsulates to another secret", withAdb(lv(zeros(1088), CAPS))),
        ]),
    unsupported("capabilities that are no JSON, the tag being right", withCapabilities(utf8("{"))),
    unsupported("no version in common, the tag being right", withCapabilities(utf8('{"v":[2]}'))),
  ];
}

/** h_k as the recipient gets it, having posted hh_k. */
export function hKCases({ x, y, hK, hhK, recipientInputs }: Round): Case[] {
  const { refused, taken } = casesOf("h_k", "wrong_code", {
    ...recipientInputs,
    x: x.text,
    y: y.text,
    hh_k: hhK,
  });
  return [
    taken("as it should be", { h_k: hK }),
    ...spellings(hK).map(([how, text]) => refused(how, { h_k: text })),
    refused("of 42 characters", { h_k: hK.slice(0, -1) }),
    refused("empty", { h_k: "" }),
    refused("the recipient's own hh_k played back", { h_k: hhK }),
    refused("one bit changed", { h_k: `${hK.startsWith("A") ? "B" : "A"}${hK.slice(1)}` }),
  ];
}

/** What an honest pair would have shared: what a peer that decodes leniently comes to. */
function sharedPointOf({ suite, y, ya }: Round): Uint8Array {
  return present(suite.group.fromShare(y.yb)?.multiply(ya)?.toSecret());
}

const secretBytes = (round: Round): number => sharedPointOf(round).length;

/** lv(adb) whose length takes a byte more than it needs. */
function longAdb(adb: Uint8Array): Uint8Array {
  const whole = lv(adb);
  const head = whole.subarray(0, whole.length - adb.length);
  const last = present(head.at(-1));
  return concat(head.subarray(0, -1), Uint8Array.of(last | 0x80, 0), adb);
}
