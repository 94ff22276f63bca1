import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AcceptReader, encodeAcceptException, encodeAcceptHead } from "../../src/protocol/accept.js";
import { Acceptance, type Decision, RESUMES_MAX } from "../../src/protocol/acceptance.js";
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
    const check = (read: Acceptance): void => {
      expect(read.default).toBe("send");
      expect([...read.exceptions()]).toEqual(decisions);
    };
    const whole = new AcceptReader(MANIFEST);
    whole.push(encoded);
    check(whole.finish());
    const slow = new AcceptReader(MANIFEST);
    for (const byte of encoded) slow.push(bytes(byte));
    check(slow.finish());
  });

  test("may leave out the line feed behind its last line", () => {
    const reader = new AcceptReader(MANIFEST);
    reader.push(utf8('{"default":"send"}\n{"entry":1,"do":"skip"}'));
    expect([...reader.finish().exceptions()]).toEqual([[1, { do: "skip" }]]);
    const alone = new AcceptReader(MANIFEST);
    alone.push(utf8('{"default":"skip"}'));
    expect(alone.finish().default).toBe("skip");
  });

  test("says for each entry what to do", () => {
    const acceptance = read({ default: "skip", later: 1 }, { entry: 2, do: "send", later: 1 });
    expect([0, 1, 2, 3].map((entry) => acceptance.of(entry).do)).toEqual(["skip", "skip", "send", "skip"]);
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
          expect(typeof result === "string" ? result : [...result.exceptions()].length).toBe(
            typeof result === "string" ? "bad_message" : exceptions.length,
          );
        },
      ),
    );
  });
});

test("decisions are kept as a map would keep them, and given back in order", () => {
  const decision = fc.oneof(
    fc.constantFrom<Decision>({ do: "send" }, { do: "skip" }),
    fc.nat().map((offset): Decision => ({ do: "resume", offset, sha256: SHA256 })),
  );
  fc.assert(
    fc.property(
      fc.constantFrom("send", "skip"),
      fc.array(fc.tuple(fc.nat(300), decision), { maxLength: 40 }),
      (choice, sets) => {
        const acceptance = new Acceptance(choice);
        for (const [entry, wanted] of sets) acceptance.set(entry, wanted);
        const model = new Map(sets);
        expect([...acceptance.exceptions()]).toEqual([...model].toSorted(([a], [b]) => a - b));
        for (let entry = 0; entry < 310; entry++)
          expect(acceptance.of(entry)).toEqual(model.get(entry) ?? { do: choice });
      },
    ),
  );
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

  test("when it resumes more than any recipient has begun", () => {
    const entries = Array.from(
      { length: RESUMES_MAX + 1 },
      (_, i) => ({ path: `${i}`, type: "file", size: 1 }) as const,
    );
    const reader = new AcceptReader({
      head: { kind: "files", entries: entries.length, bytes: entries.length },
      entries,
    });
    reader.push(encodeAcceptHead("send"));
    const resume = (entry: number): void =>
      reader.push(encodeAcceptException(entry, { do: "resume", offset: 1, sha256: SHA256 }));
    for (let entry = 0; entry < RESUMES_MAX; entry++) resume(entry);
    expect(() => resume(RESUMES_MAX)).toThrow(problem("bad_message"));
  });

  test("when its last line is cut", () => {
    const reader = new AcceptReader(MANIFEST);
    reader.push(utf8('{"default":"send"'));
    expect(() => reader.finish()).toThrow(problem("bad_message"));
  });
});
