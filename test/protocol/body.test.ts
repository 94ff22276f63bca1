import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Acceptance, type Decision } from "../../src/protocol/acceptance.js";
import {
  type BodyPart,
  BodyReader,
  encodeFrameHeader,
  encodeGivenUp,
  FRAME_MAX_BYTES,
} from "../../src/protocol/body.js";
import { concat, hex, u64be } from "../../src/protocol/bytes.js";
import type { Manifest } from "../../src/protocol/manifest.js";
import { bytes, outcome, problem } from "./support.js";

/** 0 a directory, 1 of 4 bytes, 2 empty, 3 of 6 bytes, 4 a link, 5 of 2 bytes. */
const FILES: Manifest = {
  head: { kind: "files", entries: 6, bytes: 12 },
  entries: [
    { path: "d", type: "dir", size: 0 },
    { path: "d/a", type: "file", size: 4 },
    { path: "d/empty", type: "file", size: 0 },
    { path: "d/b", type: "file", size: 6 },
    { path: "d/l", type: "link", size: 0, target: "a" },
    { path: "d/c", type: "file", size: 2 },
  ],
};
const STREAM: Manifest = {
  head: { kind: "stream", entries: 1, bytes: null },
  entries: [{ path: "s", type: "file", size: null }],
};
const KNOWN_STREAM: Manifest = {
  head: { kind: "stream", entries: 1, bytes: 3 },
  entries: [{ path: "s", type: "file", size: 3 }],
};

const sha256 = new Uint8Array(32);
const ALL = new Acceptance("send");
const allBut = (...exceptions: readonly (readonly [number, Decision])[]): Acceptance =>
  new Acceptance("send", exceptions);

/** A frame of bytes that say where they belong. */
const frame = (entry: number, offset: number, length: number): Uint8Array =>
  concat(
    encodeFrameHeader(entry, offset, length),
    Uint8Array.from({ length }, (_, i) => offset + i),
  );
const WHOLE = [frame(1, 0, 4), frame(3, 0, 6), frame(5, 0, 2)] as const;

function read(manifest: Manifest, acceptance: Acceptance, ...frames: readonly Uint8Array[]): BodyPart[] {
  const reader = new BodyReader(manifest, acceptance);
  const parts = [...reader.push(concat(...frames))];
  reader.finishMessage();
  reader.finish();
  return parts;
}

const brief = (parts: readonly BodyPart[]): string[] =>
  parts.map(
    (part) => `${part.kind} ${part.entry}${part.kind === "data" ? ` ${part.offset}+${part.bytes.length}` : ""}`,
  );

describe("frames", () => {
  test("are a header of 20 bytes and what it says", () => {
    expect(hex(frame(1, 2, 3))).toBe("0000000000000001000000000000000200000003020304");
    expect(hex(encodeGivenUp(7))).toBe(`0000000000000007${"ff".repeat(8)}00000000`);
    expect(() => encodeFrameHeader(0, 0, FRAME_MAX_BYTES + 1)).toThrow(RangeError);
    expect(encodeFrameHeader(0, Number.MAX_SAFE_INTEGER, FRAME_MAX_BYTES)).toHaveLength(20);
  });

  test("bring the bytes of each entry to where they belong", () => {
    expect(brief(read(FILES, ALL, ...WHOLE))).toEqual(["data 1 0+4", "data 3 0+6", "data 5 0+2"]);
  });

  test("may cut an entry anywhere, and be cut anywhere by chunks", () => {
    const frames = concat(frame(1, 0, 1), frame(1, 1, 3), frame(3, 0, 6), frame(5, 0, 1), frame(5, 1, 1));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        const reader = new BodyReader(FILES, ALL);
        const received = new Map<number, number[]>();
        for (let at = 0, i = 0; at < frames.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          for (const part of reader.push(frames.subarray(at, at + size))) {
            if (part.kind !== "data") continue;
            const held = received.get(part.entry) ?? [];
            expect(part.offset).toBe(held.length);
            received.set(part.entry, [...held, ...part.bytes]);
          }
          at += size;
        }
        reader.finishMessage();
        reader.finish();
        expect([...received]).toEqual([
          [1, [0, 1, 2, 3]],
          [3, [0, 1, 2, 3, 4, 5]],
          [5, [0, 1]],
        ]);
      }),
    );
  });

  test("are not copied", () => {
    const chunk = frame(1, 0, 4);
    const [part] = new BodyReader(FILES, ALL).push(chunk);
    expect(part?.kind === "data" && part.bytes.buffer).toBe(chunk.buffer);
  });

  test("may be spread over messages, each of whole frames", () => {
    const reader = new BodyReader(FILES, ALL);
    for (const each of WHOLE) {
      expect([...reader.push(each)]).toHaveLength(1);
      reader.finishMessage();
    }
    reader.finish();
    const cut = new BodyReader(FILES, ALL);
    expect([...cut.push(frame(1, 0, 4).subarray(0, 22))]).toHaveLength(1);
    expect(() => cut.finishMessage()).toThrow(problem("bad_message"));
    const cutHeader = new BodyReader(FILES, ALL);
    expect([...cutHeader.push(frame(1, 0, 4).subarray(0, 5))]).toEqual([]);
    expect(() => cutHeader.finishMessage()).toThrow(problem("bad_message"));
  });

  test("an empty message says nothing", () => {
    const reader = new BodyReader(FILES, ALL);
    expect([...reader.push(bytes())]).toEqual([]);
    reader.finishMessage();
  });

  test("no bytes make the reader throw anything but a bad message", () => {
    const near = fc
      .tuple(fc.nat(6), fc.nat(8), fc.nat(8))
      .map(([entry, offset, length]) => frame(entry, offset, length));
    fc.assert(
      fc.property(fc.array(fc.oneof(near, fc.nat(6).map(encodeGivenUp), fc.uint8Array())), (frames) => {
        const result = outcome(() => read(FILES, ALL, ...frames));
        expect(result === "bad_message" || Array.isArray(result)).toBe(true);
      }),
    );
  });
});

describe("what was agreed on is what comes", () => {
  test.each<[string, Acceptance, readonly Uint8Array[]]>([
    ["nothing of what was skipped", new Acceptance("skip", [[3, { do: "send" }]]), [frame(3, 0, 6)]],
    ["nothing at all when all was skipped", new Acceptance("skip"), []],
    [
      "the rest of what was resumed",
      allBut([3, { do: "resume", offset: 4, sha256 }]),
      [frame(1, 0, 4), frame(3, 4, 2), frame(5, 0, 2)],
    ],
    ["all of what was resumed, when it had changed", allBut([3, { do: "resume", offset: 4, sha256 }]), WHOLE],
    [
      "no frame for what was there whole",
      allBut([3, { do: "resume", offset: 6, sha256 }]),
      [frame(1, 0, 4), frame(5, 0, 2)],
    ],
    ["all of what was there whole, when it had changed", allBut([3, { do: "resume", offset: 6, sha256 }]), WHOLE],
    ["no more of what was given up", ALL, [frame(1, 0, 2), encodeGivenUp(1), frame(3, 0, 6), frame(5, 0, 2)]],
    ["nothing of what was given up at once", ALL, [encodeGivenUp(1), frame(3, 0, 6), frame(5, 0, 2)]],
    ["what was given up behind its last byte", ALL, [frame(1, 0, 4), encodeGivenUp(1), frame(3, 0, 6), frame(5, 0, 2)]],
    ["an empty file that was given up", ALL, [frame(1, 0, 4), encodeGivenUp(2), frame(3, 0, 6), frame(5, 0, 2)]],
  ])("%s", (_what, acceptance, frames) => {
    expect(read(FILES, acceptance, ...frames)).toHaveLength(frames.length);
  });

  test.each<[string, Acceptance, readonly Uint8Array[]]>([
    ["an entry is missing at the end", ALL, [frame(1, 0, 4), frame(3, 0, 6)]],
    ["an entry is missing in between", ALL, [frame(1, 0, 4), frame(5, 0, 2)]],
    ["an entry is missing at the start", ALL, [frame(3, 0, 6), frame(5, 0, 2)]],
    ["all are missing", ALL, []],
    ["an entry is not whole", ALL, [frame(1, 0, 3), frame(3, 0, 6), frame(5, 0, 2)]],
    ["the last entry is not whole", ALL, [frame(1, 0, 4), frame(3, 0, 6), frame(5, 0, 1)]],
    ["an entry has a byte too many", ALL, [frame(1, 0, 5)]],
    ["an entry has a byte too many in a second frame", ALL, [frame(1, 0, 4), frame(1, 4, 1)]],
    ["entries descend", ALL, [...WHOLE, frame(1, 0, 4)]],
    ["an entry has a gap", ALL, [frame(1, 0, 1), frame(1, 2, 2)]],
    ["an entry goes back", ALL, [frame(1, 0, 2), frame(1, 1, 3)]],
    ["an entry begins again", ALL, [frame(1, 0, 4), frame(1, 0, 4)]],
    ["an entry begins elsewhere", ALL, [frame(1, 1, 3)]],
    [
      "a resumed entry begins elsewhere",
      allBut([3, { do: "resume", offset: 4, sha256 }]),
      [frame(1, 0, 4), frame(3, 3, 3)],
    ],
    [
      "a resumed entry begins again too late",
      allBut([3, { do: "resume", offset: 4, sha256 }]),
      [frame(1, 0, 4), frame(3, 4, 1), frame(3, 0, 6)],
    ],
    ["what was skipped comes", allBut([1, { do: "skip" }]), WHOLE],
    ["a directory has bytes", ALL, [frame(0, 0, 1)]],
    ["a link has bytes", ALL, [frame(1, 0, 4), frame(3, 0, 6), frame(4, 0, 1)]],
    ["an empty file has bytes", ALL, [frame(1, 0, 4), frame(2, 0, 1)]],
    ["an entry comes that was not offered", ALL, [...WHOLE, frame(6, 0, 1)]],
    ["an entry comes that no number can name", ALL, [concat(u64be(2n ** 64n - 1n), u64be(0), bytes(0, 0, 0, 1, 0))]],
    ["a frame is empty", ALL, [encodeFrameHeader(1, 0, 0)]],
    ["a frame is longer than allowed", ALL, [concat(u64be(1), u64be(0), bytes(1, 0, 0, 1))]],
    ["an offset is over 2^53", ALL, [concat(u64be(1), u64be(2n ** 63n), bytes(0, 0, 0, 1, 0))]],
    ["a directory is given up", ALL, [encodeGivenUp(0)]],
    ["what was skipped is given up", allBut([1, { do: "skip" }]), [encodeGivenUp(1)]],
    ["an entry is given up twice", ALL, [encodeGivenUp(1), encodeGivenUp(1)]],
    ["an entry goes on behind its giving up", ALL, [encodeGivenUp(1), frame(1, 0, 4)]],
  ])("refused: %s", (_what, acceptance, frames) => {
    expect(() => read(FILES, acceptance, ...frames)).toThrow(problem("bad_message"));
  });
});

describe("a stream", () => {
  const end = (offset: number): Uint8Array => encodeFrameHeader(0, offset, 0);

  test.each<[string, Manifest, readonly Uint8Array[], readonly string[]]>([
    [
      "ends where it says",
      STREAM,
      [frame(0, 0, 3), frame(0, 3, 2), end(5)],
      ["data 0 0+3", "data 0 3+2", "stream-end 0"],
    ],
    ["may be empty", STREAM, [end(0)], ["stream-end 0"]],
    ["may be given up", STREAM, [frame(0, 0, 3), encodeGivenUp(0)], ["data 0 0+3", "given-up 0"]],
    ["of a known length needs no end", KNOWN_STREAM, [frame(0, 0, 3)], ["data 0 0+3"]],
    ["of a known length may say its end", KNOWN_STREAM, [frame(0, 0, 3), end(3)], ["data 0 0+3", "stream-end 0"]],
  ])("%s", (_what, manifest, frames, parts) => {
    expect(brief(read(manifest, ALL, ...frames))).toEqual(parts);
  });

  test.each<[string, Manifest, readonly Uint8Array[]]>([
    ["it has no end", STREAM, [frame(0, 0, 3)]],
    ["it ends before its bytes", STREAM, [frame(0, 0, 3), end(2)]],
    ["it ends behind its bytes", STREAM, [frame(0, 0, 3), end(4)]],
    ["it goes on behind its end", STREAM, [frame(0, 0, 3), end(3), frame(0, 3, 1)]],
    ["it ends twice", STREAM, [end(0), end(0)]],
    ["it ends before the length that it said", KNOWN_STREAM, [frame(0, 0, 2), end(2)]],
    ["it is longer than it said", KNOWN_STREAM, [frame(0, 0, 4)]],
    ["it is longer than a number can say", STREAM, [concat(u64be(0), u64be(2n ** 53n), bytes(0, 0, 0, 1, 0))]],
  ])("refused: %s", (_what, manifest, frames) => {
    expect(() => read(manifest, ALL, ...frames)).toThrow(problem("bad_message"));
  });
});
