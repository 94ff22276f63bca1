import { describe, expect, test } from "vitest";
import { displayName } from "../../../src/transfer/display-name.js";
import {
  collisionKey,
  isPartNameOf,
  linkLeadsTo,
  nameFault,
  numberedName,
  partName,
  pathFault,
} from "../../../src/transfer/lists/names.js";

describe("a name may not be stored", () => {
  test.each([
    ["nothing", ""],
    ["the folder itself", "."],
    ["the folder around", ".."],
    ["a slash", "a/b"],
    ["a backslash", "a\\b"],
    ["NUL", "a\0b"],
    ["a line feed", "a\nb"],
    ["an escape", "a\u001b[2Jb"],
    ["a C1 control", "a\u009bb"],
    ["DEL", "a\u007f"],
    ["a drive letter", "C:evil"],
    ["a drive", "c:"],
    ["a dot at its end", "evil."],
    ["a space at its end", "evil "],
    ["three dots", "..."],
    ["a device of Windows", "CON"],
    ["a device with an ending", "nul.tar.gz"],
    ["a device with a space before its ending", "aux .txt"],
    ["a port", "com1"],
    ["a port with a superscript digit", "LPT²"],
    ["a console", "conout$"],
    ["half a character", "a\ud800"],
    ["only invisible characters", "\u200b\u200d"],
    ["more bytes than a file system holds", "ä".repeat(128)],
  ])("%s", (_what, name) => {
    expect(nameFault(name, "linux")).toEqual(expect.any(String));
  });

  test.each(["a?", "a*", "ab:c", "a|b", '"a"', "<a>"])("%s on Windows only", (name) => {
    expect([nameFault(name, "win32"), nameFault(name, "linux")]).toEqual([expect.any(String), undefined]);
  });
});

test.each([
  " a",
  "a b",
  ".hidden",
  "..a",
  "-rf",
  "console.log",
  "com10",
  "nulls",
  "日本語",
  "a\u202eb",
  "👨‍👩‍👧",
  "ä".repeat(127),
  "2024-01-01T10:00:00.log",
])("%s may be stored", (name) => {
  expect(nameFault(name, "linux")).toBeUndefined();
});

test("a path is as good as its parts, and not too deep", () => {
  expect(pathFault("a/b/c")).toBeUndefined();
  expect(pathFault("a/../c")).toBeDefined();
  expect(pathFault(Array(128).fill("a").join("/"))).toBeUndefined();
  expect(pathFault(Array(129).fill("a").join("/"))).toBeDefined();
});

describe("two names may be one file somewhere", () => {
  test.each([
    ["case", "ReadMe", "README"],
    ["normalisation", "\u00e9", "e\u0301"],
    ["a sharp s", "straße", "STRASSE"],
    ["a final sigma", "ΟΔΟΣ", "οδος"],
    ["a zero width joiner", ".git", ".gi\u200dt"],
    ["a dotted capital I", "İ", "i̇"],
    ["a Kelvin sign", "\u212a", "k"],
    ["a soft hyphen", "a\u00adb", "ab"],
  ])("by %s", (_what, one, other) => {
    expect(collisionKey(one)).toBe(collisionKey(other));
  });

  test("and others are two", () => {
    expect(collisionKey("a")).not.toBe(collisionKey("b"));
    expect(collisionKey("a/b")).not.toBe(collisionKey("ab"));
  });
});

describe("a link", () => {
  test.each([
    ["d/l", "a", "d/a"],
    ["d/l", "./a//b/", "d/a/b"],
    ["d/e/l", "../a", "d/a"],
    ["d/e/l", "..", "d"],
    ["d/l", ".", "d"],
    ["l", "a/b", "a/b"],
  ])("%s to %s leads to %s", (path, target, place) => {
    expect(linkLeadsTo(path, target, "linux")).toBe(place);
  });

  test.each([
    ["an absolute path", "d/l", "/etc/passwd"],
    ["a drive", "d/l", "C:/Windows"],
    ["a backslash", "d/l", "..\\..\\a"],
    ["out of its folder", "d/l", "../x"],
    ["further out", "d/e/l", "../../../etc"],
    ["out of nothing", "l", "../x"],
    ["the folder that receives", "l", "."],
    ["back behind a name, which may be a link", "d/e/l", "a/../../x"],
    ["back behind a dot and a name", "d/e/l", "./a/.."],
    ["a control character", "d/l", "a\nb"],
    ["nothing", "d/l", ""],
    ["only slashes", "d/l", "///"],
  ])("to %s is refused", (_what, path, target) => {
    expect(linkLeadsTo(path, target, "linux")).toBeUndefined();
  });
});

test("a taken name gets a number before its ending", () => {
  expect(numberedName("report.pdf", 1)).toBe("report (1).pdf");
  expect(numberedName("folder", 2)).toBe("folder (2)");
  expect(numberedName(".bashrc", 1)).toBe(".bashrc (1)");
  const long = numberedName(`${"ü".repeat(125)}.pdf`, 1);
  expect(Buffer.byteLength(long)).toBeLessThanOrEqual(255);
  expect(long).toMatch(/ \(1\)\.pdf$/);
});

test("a part has room for its ending, whatever the name", () => {
  expect(partName("a", "0123456789ab")).toBe("a.0123456789ab.part");
  expect(Buffer.byteLength(partName("🎉".repeat(63), "0123456789ab"))).toBeLessThanOrEqual(255);
});

test("parts of long names that begin alike are different files, and known by their mark", () => {
  const [one, other] = ["a", "b"].map((end) => partName("x".repeat(250) + end, "0123456789ab"));
  expect(one).not.toBe(other);
  expect([one, other].map((name) => isPartNameOf("0123456789ab", name ?? ""))).toEqual([true, true]);
  expect(isPartNameOf("0123456789ab", "x.ba9876543210.part")).toBe(false);
});

describe("a name on a terminal", () => {
  test.each([
    ["an escape sequence", "\u001b[2J", "\\u{1b}[2J"],
    ["an override of direction", "gpj\u202eexe", "gpj\\u{202e}exe"],
    ["a zero width space", "a\u200bb", "a\\u{200b}b"],
    ["a line separator", "a\u2028b", "a\\u{2028}b"],
    ["a wide space", "a\u3000b", "a\\u{3000}b"],
    ["a tag character", "a\u{e0041}", "a\\u{e0041}"],
    ["half a character", "a\ud800", "a\\u{d800}"],
  ])("shows %s", (_what, name, shown) => {
    expect(displayName(name)).toBe(shown);
  });

  test("is otherwise as it is", () => {
    expect(displayName("日本語 – ünï 🎉.txt")).toBe("日本語 – ünï 🎉.txt");
  });
});
