import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concat, utf8 } from "../../src/protocol/bytes.js";
import { encodeLine, LINE_MAX_BYTES, LineReader, readLine } from "../../src/protocol/json-lines.js";
import {
  decodeManifestEntry,
  encodeManifestEntry,
  encodeManifestHead,
  type Manifest,
  type ManifestEntry,
  recallManifestEntry,
} from "../../src/protocol/manifest.js";
import { isWirePath, PATHS_MAX } from "../../src/protocol/paths.js";
import { bytes, collectingReader, outcome, problem } from "./support.js";

const FILE = { path: "a", type: "file", size: 3, mode: 0o644, mtime: 1 } as const;

function encode({ head, entries }: Manifest): Uint8Array {
  return concat(encodeManifestHead(head), ...[...entries].map(encodeManifestEntry));
}

/** Reads lines of JSON text, or values that are written as such. */
function read(...lines: readonly unknown[]): Manifest {
  const reader = collectingReader();
  for (const line of lines) reader.push(utf8(`${typeof line === "string" ? line : JSON.stringify(line)}\n`));
  return reader.finish();
}

/** Reads a manifest of these entries whose head fits. */
function readEntries(...entries: readonly unknown[]): readonly ManifestEntry[] {
  const total = (entries as readonly { readonly size?: number }[]).reduce((sum, { size }) => sum + (size ?? 0), 0);
  return [...read({ kind: "files", entries: entries.length, bytes: total }, ...entries).entries];
}

const head = (entries: number, total: number | null = 0, kind = "files") => ({ kind, entries, bytes: total });

describe("a manifest", () => {
  const manifest: Manifest = {
    head: { kind: "files", entries: 4, bytes: 8 },
    entries: [
      { path: "d", type: "dir", size: 0, mode: 0o755, mtime: 1_700_000_000_000 },
      { path: "d/a b \u{1f600}\n", type: "file", size: 3, mode: 0o600, mtime: 0 },
      { path: "d/link", type: "link", size: 0, mode: 0o777, mtime: 5, target: "../elsewhere" },
      { path: "z", type: "file", size: 5, mode: 0, mtime: Number.MAX_SAFE_INTEGER },
    ],
  };

  test("comes across, whole or byte by byte", () => {
    const encoded = encode(manifest);
    const whole = collectingReader();
    whole.push(encoded);
    expect(whole.finish()).toEqual(manifest);
    const slow = collectingReader();
    for (const byte of encoded) slow.push(bytes(byte));
    expect(slow.finish()).toEqual(manifest);
  });

  test.each([
    ["a file", FILE],
    ["a file of unknown length", { path: "\ufeff\u2028", type: "file", size: null }],
    ["a directory with a size that means nothing", { path: "a", type: "dir", size: 4096, mode: 0 }],
    ["a directory without one", { path: "a", type: "dir", mtime: 0 }],
    ["a link", { path: "a", type: "link", target: "b", size: 1 }],
    ["what nobody knows", { ...FILE, target: "b", more: [{}], ["__proto__"]: { mode: 1 } }],
  ])("is recalled as it was read: %s", (_what, entry) => {
    const line = JSON.stringify(entry);
    expect(recallManifestEntry(line)).toStrictEqual(decodeManifestEntry(utf8(line)));
  });

  test("of nothing is a head alone", () => {
    expect(read(head(0))).toEqual({ head: head(0), entries: [] });
  });

  test("of a stream may leave bytes and size open, and say nothing of mode and time", () => {
    const stream = read(head(1, null, "stream"), { path: "stdin", type: "file", size: null });
    expect(stream.entries).toEqual([{ path: "stdin", type: "file", size: null }]);
    expect(read(head(1, 3, "stream"), FILE).head.bytes).toBe(3);
    expect(read(head(1, 3, "text"), FILE).head.kind).toBe("text");
  });

  test("may leave out the line feed behind its last line", () => {
    const reader = collectingReader();
    reader.push(encodeManifestHead({ kind: "files", entries: 1, bytes: 3 }));
    reader.push(utf8(JSON.stringify(FILE)));
    expect(reader.finish().entries).toEqual([FILE]);
  });

  test("unknown keys are ignored", () => {
    expect(read({ ...head(1, 3), later: 1 }, { ...FILE, later: {} }).entries).toEqual([FILE]);
  });

  test("the size of a directory or link is not counted: it means nothing elsewhere", () => {
    const dir = { path: "d", type: "dir", size: 4096 };
    const link = { path: "l", type: "link", size: 7, target: "a" };
    const { entries } = read(head(2, 0), dir, link);
    expect([...entries].map(({ size }) => size)).toEqual([0, 0]);
    expect(read(head(1), { path: "d", type: "dir" }).entries).toEqual([{ path: "d", type: "dir", size: 0 }]);
  });

  test("no bytes make the reader throw anything but a bad message", () => {
    const path = fc.string({ unit: fc.constantFrom("a", "b", "/", ".", "\\", "\0"), maxLength: 6 });
    const entry = fc.record(
      {
        path: fc.oneof(path, fc.jsonValue()),
        type: fc.oneof(fc.constantFrom("file", "dir", "link"), fc.jsonValue()),
        size: fc.oneof(fc.nat(3), fc.jsonValue()),
        mode: fc.oneof(fc.nat(600), fc.jsonValue()),
        mtime: fc.jsonValue(),
        target: fc.oneof(fc.string(), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    const heads = fc.record({
      kind: fc.constantFrom("files", "stream", "text", "x"),
      entries: fc.nat(3),
      bytes: fc.option(fc.nat(6)),
    });
    fc.assert(
      fc.property(heads, fc.array(entry, { maxLength: 3 }), fc.uint8Array({ maxLength: 5 }), (first, entries, rest) => {
        const reader = collectingReader();
        const text = [first, ...entries].map((line) => `${JSON.stringify(line)}\n`).join("");
        const result = outcome(() => {
          reader.push(concat(utf8(text), rest));
          return reader.finish();
        });
        expect(typeof result === "string" ? result : result.entries.length).toBe(
          typeof result === "string" ? "bad_message" : first.entries,
        );
      }),
    );
  });

  test("what was read is written and read as the same", () => {
    const name = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
      .filter((text) => isWirePath(text) && !text.includes("/"));
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 8 }), fc.nat(), fc.nat(0o777), (names, size, mode) => {
        const entries = names.map((path) => ({ path, type: "file", size, mode, mtime: size }) as const);
        const whole: Manifest = { head: { kind: "files", entries: names.length, bytes: size * names.length }, entries };
        const reader = collectingReader();
        reader.push(encode(whole));
        expect(reader.finish()).toEqual(whole);
      }),
    );
  });
});

describe("a manifest is a bad message", () => {
  test.each<[string, readonly unknown[]]>([
    ["without a line", []],
    ["with an entry in place of its head", [FILE]],
    ["of an unknown kind", [head(0, 0, "folder")]],
    ["without a count", [{ kind: "files", bytes: 0 }]],
    ["with a negative count", [head(-1)]],
    ["with bytes left open, if it is no stream", [head(1, null), FILE]],
    ["with bytes left open, if it is a text", [head(1, null, "text"), FILE]],
    ["with fewer entries than it says", [head(2, 3), FILE]],
    ["with more entries than it says", [head(1, 3), FILE, { ...FILE, path: "b" }]],
    ["with sizes that add up to less", [head(1, 4), FILE]],
    ["with sizes that add up to more", [head(1, 2), FILE]],
    [
      "with sizes over 2^53-1",
      [head(2, Number.MAX_SAFE_INTEGER), { ...FILE, size: Number.MAX_SAFE_INTEGER }, { ...FILE, path: "b" }],
    ],
    ["of a stream with two entries", [head(2, 6, "stream"), FILE, { ...FILE, path: "b" }]],
    ["of a text without an entry", [head(0, 0, "text")]],
    ["of a stream that is a directory", [head(1, 0, "stream"), { path: "d", type: "dir" }]],
    ["of a stream with bytes but no size", [head(1, 3, "stream"), { ...FILE, size: null }]],
    ["with an empty line", [head(1, 3), "", FILE]],
    ["with a line that is no object", [head(1, 3), "[]"]],
    ["with more entries than anybody takes", [head(PATHS_MAX + 1)]],
  ])("%s", (_what, lines) => {
    expect(() => read(...lines)).toThrow(problem("bad_message"));
  });

  test("when its last line is cut", () => {
    const reader = collectingReader();
    reader.push(utf8(JSON.stringify(head(0)).slice(0, -1)));
    expect(() => reader.finish()).toThrow(problem("bad_message"));
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ["no path", { path: undefined }],
    ["a path that is no text", { path: 1 }],
    ["half of a surrogate pair in its path", { path: "\ud800" }],
    ["an unknown type", { type: "fifo" }],
    ["no size", { size: undefined }],
    ["a size of null", { size: null }],
    ["a negative size", { size: -1 }],
    ["a size of 2^53", { size: 2 ** 53 }],
    ["a mode over 0777", { mode: 0o1000 }],
    ["a mode as text", { mode: "644" }],
    ["a mode of null", { mode: null }],
    ["a negative time", { mtime: -1 }],
    ["a time with a fraction", { mtime: 1.5 }],
    ["a link without a target", { type: "link" }],
    ["a link with an empty target", { type: "link", target: "" }],
    ["a link with NUL in its target", { type: "link", target: "a\0b" }],
    ["a link with a target of 4097 bytes", { type: "link", target: "\u00fc".repeat(2048) + "a" }],
    ["a directory with a size of null", { type: "dir", size: null }],
  ])("when an entry has %s", (_what, change) => {
    expect(() => readEntries({ ...FILE, ...change })).toThrow(problem("bad_message"));
  });
});

describe("paths", () => {
  test.each([
    "a",
    "a/b",
    "..a",
    "a..",
    ".a",
    "...",
    "a/.../b",
    " ",
    "a\nb",
    "C:",
    "con",
    "\u202e",
    "\u00fc".repeat(2048),
    "x".repeat(4096),
  ])("%j may cross the wire", (path) => {
    expect(isWirePath(path)).toBe(true);
  });

  test.each([
    "",
    "/",
    "/a",
    "a/",
    "a//b",
    ".",
    "..",
    "./a",
    "a/.",
    "a/../b",
    "../a",
    "a\\b",
    "\\",
    "a\0",
    "\u00fc".repeat(2048) + "a",
    "x".repeat(4097),
  ])("%j may not", (path) => {
    expect(isWirePath(path)).toBe(false);
    expect(() => readEntries({ ...FILE, path })).toThrow(problem("bad_message"));
  });

  const dir = (path: string) => ({ path, type: "dir", size: 0 });
  const file = (path: string) => ({ path, type: "file", size: 0 });
  const link = (path: string) => ({ path, type: "link", size: 0, target: "/etc" });

  test.each<[string, readonly unknown[]]>([
    ["a directory before what is in it", [dir("a"), dir("a/b"), file("a/b/c"), file("a/d")]],
    ["folders that are only implied", [file("a/b/c"), file("a/b/d"), file("a/e")]],
    ["names that begin alike", [file("a"), file("ab"), dir("a b"), file("a b/c")]],
    ["a directory in an implied one", [file("a/b"), dir("a/c"), file("a/c/d")]],
  ])("fine: %s", (_what, entries) => {
    expect(readEntries(...entries)).toHaveLength(entries.length);
  });

  test.each<[string, readonly unknown[]]>([
    ["two files of one path", [file("a"), file("a")]],
    ["a file and a directory of one path", [dir("a"), file("a")]],
    ["a directory behind what is in it", [file("a/b"), dir("a")]],
    ["a directory far behind what is in it", [file("a/b/c/d"), file("x"), dir("a/b")]],
    ["a file behind what is in it", [file("a/b"), file("a")]],
    ["something inside of a file", [file("a"), file("a/b")]],
    ["something inside of a link", [link("a"), file("a/b")]],
    ["something deep inside of a link", [link("a/b"), file("a/b/c/d/e")]],
  ])("refused: %s", (_what, entries) => {
    expect(() => readEntries(...entries)).toThrow(problem("bad_message"));
  });
});

describe("lines", () => {
  test("come out one by one, however they are cut", () => {
    const line = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(fc.array(line), fc.integer({ min: 1, max: 40 }), (objects, size) => {
        const wire = concat(...objects.map(encodeLine));
        const reader = new LineReader();
        const lines: unknown[] = [];
        for (let at = 0; at < wire.length; at += size)
          for (const line of reader.push(wire.subarray(at, at + size))) lines.push(readLine(line));
        for (const line of reader.finish()) lines.push(readLine(line));
        expect(lines).toEqual(JSON.parse(JSON.stringify(objects)));
      }),
    );
  });

  test("of 16 KiB are the longest", () => {
    const longest = { a: "x".repeat(LINE_MAX_BYTES - 8) };
    const encoded = encodeLine(longest);
    expect(encoded).toHaveLength(LINE_MAX_BYTES + 1);
    expect([...new LineReader().push(encoded)].map(readLine)).toEqual([longest]);
    expect(() => encodeLine({ a: `${longest.a}x` })).toThrow(problem("bad_message"));
    const longer = utf8(`{"a":"${longest.a}x"}\n`);
    expect(() => [...new LineReader().push(longer)].map(readLine)).toThrow(problem("bad_message"));
  });

  test("without an end take no more memory than one line", () => {
    const reader = new LineReader();
    const piece = new Uint8Array(10_000).fill(0x20);
    expect([...reader.push(piece)]).toEqual([]);
    expect(() => [...reader.push(piece)]).toThrow(problem("bad_message"));
  });
});
