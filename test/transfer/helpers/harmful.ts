/**
 * What a peer that knows the words may say to do harm, as rows of a name and what it sends. The peers of this
 * package and of the other languages refuse all of it.
 */
import { dir, file, type Line, link, manifest } from "./attack.js";
import { frame, jsonLines } from "./wire-peer.js";

/** Offers with a name that must not be made. */
export const HARMFUL_NAMES: readonly (readonly [what: string, entries: readonly Line[]])[] = [
  ["..", [file("../evil")]],
  [".. inside", [dir("a"), file("a/../../evil")]],
  ["an absolute path", [file("/tmp/evil")]],
  ["a drive letter", [file("C:evil")]],
  ["a backslash", [file("a\\evil")]],
  ["NUL", [file("evil\0.txt")]],
  ["an empty part", [file("a//evil")]],
  ["a dot", [file("./evil")]],
  ["a reserved name of Windows", [file("con.txt")]],
  ["a dot at the end", [file("evil.")]],
  ["a space at the end of a folder", [dir("evil "), file("evil /a")]],
  ["the same name twice", [file("evil"), file("evil")]],
  ["a name that differs in case", [file("evil"), file("Evil")]],
  ["a folder that differs in case", [dir("a"), file("a/x"), dir("A"), file("A/y")]],
  ["an implied folder that differs in case", [file("a/x"), file("A/y")]],
  ["a name that differs in normalisation", [file("\u00e9vil"), file("e\u0301vil")]],
  ["a name that differs in an invisible character", [file("evil"), file("ev\u200bil")]],
  ["an escape sequence", [file("evil\u001b[2J")]],
  ["a line feed", [file("evil\n")]],
  ["a part that is too long", [file("e".repeat(256))]],
  ["a path that is too long", [file(Array(400).fill("evil-evil-").join("/"))]],
  ["a path that is too deep", [file(Array(200).fill("e").join("/"))]],
  ["half a surrogate pair", [file("evil\ud800")]],
  ["a link to somewhere else", [link("evil", "/etc/passwd")]],
  ["a link that leads out of its folder", [dir("a"), link("a/evil", "../../x")]],
  ["a link that leads to what is beside its folder", [dir("a"), link("a/evil", "../b")]],
  ["a topmost link to what is there already", [link("evil", "secret")]],
  ["a link back through another link", [dir("a"), dir("a/b"), link("a/b/up", ".."), link("a/evil", "b/up/../../x")]],
  ["a file inside of a link", [dir("a"), link("a/l", "."), file("a/l/evil")]],
  ["a file inside of a file", [file("a"), file("a/evil")]],
  ["a folder after what is in it", [file("a/evil"), dir("a")]],
];

/** Manifests that are none. */
export const ILL_MANIFESTS: readonly (readonly [what: string, plaintext: Uint8Array])[] = [
  ["that is not JSON", Buffer.from("hello\n")],
  ["without a line", Buffer.alloc(0)],
  ["of an unknown kind", jsonLines({ kind: "evil", entries: 0, bytes: 0 })],
  ["with fewer entries than it says", jsonLines({ kind: "files", entries: 2, bytes: 1 }, file("a"))],
  ["with more entries than it says", jsonLines({ kind: "files", entries: 1, bytes: 2 }, file("a"), file("b"))],
  ["whose sizes do not add up", jsonLines({ kind: "files", entries: 1, bytes: 2 }, file("a"))],
  ["whose last line is not whole", jsonLines({ kind: "files", entries: 1, bytes: 1 }, file("a")).subarray(0, -2)],
  [
    "with a line of more than 16 KiB",
    jsonLines({ kind: "files", entries: 1, bytes: 1 }, { ...file("a"), x: "x".repeat(17_000) }),
  ],
  ["with a negative size", jsonLines({ kind: "files", entries: 1, bytes: -1 }, file("a", -1))],
  [
    "with a size beyond 2^53",
    Buffer.from(
      '{"kind":"files","entries":1,"bytes":9007199254740993}\n{"path":"a","type":"file","size":9007199254740993}\n',
    ),
  ],
  ["with a special file", jsonLines({ kind: "files", entries: 1, bytes: 0 }, { path: "a", type: "fifo", size: 0 })],
  ["with a set-user-id bit", jsonLines({ kind: "files", entries: 1, bytes: 1 }, { ...file("a"), mode: 0o4755 })],
  ["of files without a size", jsonLines({ kind: "files", entries: 1, bytes: null }, { ...file("a"), size: null })],
  [
    "of two streams",
    jsonLines({ kind: "stream", entries: 2, bytes: null }, { ...file("a"), size: null }, { ...file("b"), size: null }),
  ],
  ["of a text of 2 MiB", jsonLines({ kind: "text", entries: 1, bytes: 2 ** 21 }, file("a", 2 ** 21))],
];

/** What the bodies and ends below are about: entries 0, 2 and 3 have ten bytes each. */
export const offered = manifest(file("a", 10), dir("d"), file("b", 10), file("c", 10));
export const ten = Buffer.alloc(10, "x");

/** Frames that do not fit to `offered`. */
export const ILL_BODIES: readonly (readonly [what: string, frames: readonly Uint8Array[]])[] = [
  ["more bytes than announced", [frame(0, 0, Buffer.alloc(11))]],
  ["more bytes than announced, later", [frame(0, 0, ten), frame(0, 10, Buffer.alloc(1))]],
  ["an offset behind the size", [frame(0, 10, Buffer.alloc(1))]],
  ["an offset of 2^53", [frame(0, 2n ** 53n, ten)]],
  ["an offset of 2^64-1 with bytes", [frame(0, 2n ** 64n - 1n, ten)]],
  ["a gap", [frame(0, 0, ten.subarray(0, 4)), frame(0, 5, ten.subarray(0, 5))]],
  ["bytes twice", [frame(0, 0, ten.subarray(0, 4)), frame(0, 3, ten.subarray(0, 5))]],
  ["an entry that does not exist", [frame(4, 0, ten)]],
  ["an entry of 2^64-1", [frame(2n ** 64n - 1n, 0, ten)]],
  ["entries that do not ascend", [frame(0, 0, ten), frame(3, 0, ten), frame(2, 0, ten)]],
  ["an entry that is left out", [frame(0, 0, ten), frame(3, 0, ten)]],
  ["an entry that is not whole", [frame(0, 0, ten.subarray(0, 4)), frame(2, 0, ten)]],
  ["bytes for a folder", [frame(0, 0, ten), frame(1, 0, ten)]],
  ["an empty frame", [frame(0, 0, Buffer.alloc(0))]],
  ["a frame of more than 2^24 bytes", [frame(0, 0, ten, 2 ** 24 + 1)]],
  ["a frame of 2^32-1 bytes", [frame(0, 0, ten, 2 ** 32 - 1)]],
  ["a frame that crosses messages", [frame(0, 0, ten.subarray(0, 4), 10)]],
  ["a header that is cut", [frame(0, 0, ten).subarray(0, 7)]],
  ["an entry that goes on after it was given up", [frame(0, 2n ** 64n - 1n, Buffer.alloc(0)), frame(0, 0, ten)]],
];

/** Ends that do not fit to all of the bodies. */
export const ILL_ENDS: readonly (readonly [what: string, end: Line])[] = [
  ["more entries", { entries: 5, failed: 0, bytes: 30 }],
  ["fewer entries", { entries: 3, failed: 0, bytes: 30 }],
  ["failures", { entries: 4, failed: 1, bytes: 30 }],
  ["other bytes", { entries: 4, failed: 0, bytes: 31 }],
  ["nonsense", { entries: "4" }],
];

/** Answers of a recipient to two files of 10 bytes. */
export const ILL_ACCEPTS: readonly (readonly [what: string, lines: readonly Line[]])[] = [
  ["without a default", []],
  ["with an unknown default", [{ default: "take" }]],
  ["for an entry that does not exist", [{ default: "send" }, { entry: 2, do: "skip" }]],
  ["with exceptions that do not ascend", [{ default: "send" }, { entry: 1, do: "skip" }, { entry: 0, do: "skip" }]],
  [
    "that would resume behind the end",
    [{ default: "send" }, { entry: 0, do: "resume", offset: 11, sha256: "A".repeat(43) }],
  ],
  ["that would resume without a hash", [{ default: "send" }, { entry: 0, do: "resume", offset: 1 }]],
];

/** What does not confirm those two files. */
export const ILL_ACKS: readonly Line[] = [{ entries: 1, bytes: 20 }, { entries: 2, bytes: 19 }, { entries: 2 }];
