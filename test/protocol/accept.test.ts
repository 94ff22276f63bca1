import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  AcceptReader,
  type Acceptance,
  type Decision,
  decisionFor,
  encodeAcceptException,
  encodeAcceptHead,
} from "../../src/protocol/accept.js";
import { concat, utf8 } from "../../src/protocol/bytes.js";
import type { Manifest } from "../../src/protocol/manifest.js";
import { bytes, outcome, problem, repeatable } from "./support.js";

const SHA256 = repeatable("prefix")(32);
const B64U = Buffer.from(SHA256).toString("base64url");

const MANIFEST: Manifest = {
  head: { kind: "files", entries: 4, bytes: 30 },
  entries: [
    { path: "d", type: "dir", size: 0 },
    { path: "d/a", type: "file", size: 10 },
    { path: "d/b", type: "file", size: 20 },
    { path: "d/l", type: "link", size: 0, target: "a" },
  ],
};

function read(...lines: readonly unknown[]): Acceptance {
  const reader = new AcceptReader(MANIFEST);
  for (const line of lines) reader.push(utf8(`${JSON.stringify(line)}\n`));
  return reader.finish();
}

describe("an answer", () => {
  const decisions: readonly (readonly [number, Decision])[] = [
    [0, { do: "skip" }],
    [1, { do: "resume", offset: 10, sha256: SHA256 }],
    [2, { do: "resume", offset: 0, sha256: SHA256 }],
    [3, { do: "send" }],
  ];

  test("comes across, whole or byte by byte", () => {
    const encoded = concat(
      encodeAcceptHead("send"),
      ...decisions.map(([entry, decision]) => encodeAcceptException(entry, decision)),
    );
    const expected = { default: "send", exceptions: new Map(decisions) };
    const whole = new AcceptReader(MANIFEST);
    whole.push(encoded);
    expect(whole.finish()).toEqual(expected);
    const slow = new AcceptReader(MANIFEST);
    for (const byte of encoded) slow.push(bytes(byte));
    expect(slow.finish()).toEqual(expected);
  });

  test("may leave out the line feed behind its last line", () => {
    const reader = new AcceptReader(MANIFEST);
    reader.push(utf8('{"default":"send"}\n{"entry":1,"do":"skip"}'));
    expect(reader.finish().exceptions.get(1)).toEqual({ do: "skip" });
    const alone = new AcceptReader(MANIFEST);
    alone.push(utf8('{"default":"skip"}'));
    expect(alone.finish().default).toBe("skip");
  });

  test("says for each entry what to do", () => {
    const acceptance = read({ default: "skip", later: 1 }, { entry: 2, do: "send", later: 1 });
    expect([0, 1, 2, 3].map((entry) => decisionFor(acceptance, entry).do)).toEqual(["skip", "skip", "send", "skip"]);
  });

  test("no lines make the reader throw anything but a bad message", () => {
    const exception = fc.record({
      entry: fc.oneof(fc.nat(5), fc.jsonValue()),
      do: fc.oneof(fc.constantFrom("send", "skip", "resume"), fc.jsonValue()),
      offset: fc.oneof(fc.nat(25), fc.jsonValue()),
      sha256: fc.oneof(fc.constant(B64U), fc.jsonValue()),
    });
    fc.assert(
      fc.property(
        fc.constantFrom("send", "skip", "maybe"),
        fc.array(exception, { maxLength: 4 }),
        (choice, exceptions) => {
          const result = outcome(() => read({ default: choice }, ...exceptions));
          expect(typeof result === "string" ? result : result.exceptions.size).toBe(
            typeof result === "string" ? "bad_message" : exceptions.length,
          );
        },
      ),
    );
  });
});

describe("an answer is a bad message", () => {
  test.each<[string, readonly unknown[]]>([
    ["without a line", []],
    ["without a default", [{ entry: 0, do: "send" }]],
    ["with another default", [{ default: "resume" }]],
    ["with an entry that was not offered", [{ default: "send" }, { entry: 4, do: "skip" }]],
    ["with a negative entry", [{ default: "send" }, { entry: -1, do: "skip" }]],
    ["with an entry twice", [{ default: "send" }, { entry: 1, do: "skip" }, { entry: 1, do: "skip" }]],
    ["with entries that do not ascend", [{ default: "send" }, { entry: 2, do: "skip" }, { entry: 1, do: "skip" }]],
    ["with something else to do", [{ default: "send" }, { entry: 1, do: "rename" }]],
    ["that resumes a directory", [{ default: "send" }, { entry: 0, do: "resume", offset: 0, sha256: B64U }]],
    ["that resumes a link", [{ default: "send" }, { entry: 3, do: "resume", offset: 0, sha256: B64U }]],
    ["that resumes behind the end", [{ default: "send" }, { entry: 1, do: "resume", offset: 11, sha256: B64U }]],
    ["that resumes without an offset", [{ default: "send" }, { entry: 1, do: "resume", sha256: B64U }]],
    ["that resumes without a hash", [{ default: "send" }, { entry: 1, do: "resume", offset: 1 }]],
    [
      "that resumes with a hash of 31 bytes",
      [{ default: "send" }, { entry: 1, do: "resume", offset: 1, sha256: B64U.slice(0, 42) }],
    ],
    [
      "that resumes with a hash in hexadecimal",
      [{ default: "send" }, { entry: 1, do: "resume", offset: 1, sha256: "00".repeat(32) }],
    ],
    [
      "that resumes with a hash in another spelling",
      [{ default: "send" }, { entry: 1, do: "resume", offset: 1, sha256: `${B64U}=` }],
    ],
  ])("%s", (_what, lines) => {
    expect(() => read(...lines)).toThrow(problem("bad_message"));
  });

  test("when it resumes a stream of unknown length", () => {
    const stream: Manifest = {
      head: { kind: "stream", entries: 1, bytes: null },
      entries: [{ path: "s", type: "file", size: null }],
    };
    const reader = new AcceptReader(stream);
    reader.push(encodeAcceptHead("send"));
    expect(() => reader.push(encodeAcceptException(0, { do: "resume", offset: 1, sha256: SHA256 }))).toThrow(
      problem("bad_message"),
    );
  });

  test("when its last line is cut", () => {
    const reader = new AcceptReader(MANIFEST);
    reader.push(utf8('{"default":"send"'));
    expect(() => reader.finish()).toThrow(problem("bad_message"));
  });
});
