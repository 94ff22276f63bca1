/** The names, errors and secrets that all folders share. */
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { hhKOf } from "../../src/protocol/h-k.js";
import {
  type Hk,
  isChannelName,
  isCurveName,
  isHhK,
  isHk,
  isShare,
  isUuid,
  otherRole,
  ROLES,
} from "../../src/protocol/names.js";
import { DuetError, exitCode, httpStatus, isProblem, PROBLEMS, type ProblemCode } from "../../src/protocol/problem.js";
import { Secret } from "../../src/protocol/secret.js";
import { DEFAULT_SUITE, isSuite, SUITE_NAMES } from "../../src/protocol/suite-names.js";
import { reference } from "./reference.js";
import { repeatable } from "./support.js";

describe("names", () => {
  test.each<[string, (text: string) => boolean, readonly string[], readonly string[]]>([
    [
      "a channel",
      isChannelName,
      ["0", "a-b", "4821", "x".repeat(64)],
      ["", "-a", "A", "a_b", "a b", "x".repeat(65), "a\n"],
    ],
    ["a uuid", isUuid, ["A".repeat(22), "a_-9".repeat(16)], ["A".repeat(21), "A".repeat(65), `${"A".repeat(22)}=`]],
    ["a curve", isCurveName, ["p557", ...SUITE_NAMES], ["", "+a", "P256", "x".repeat(65)]],
    ["a share", isShare, ["x", "~!", "x".repeat(4096)], ["", " ", "x".repeat(4097), "\u00fc", "a\n"]],
    ["h_k", isHk, ["a", "A".repeat(43), "_-".repeat(64)], ["", "A".repeat(129), "a=", "a\n"]],
    ["hh_k", isHhK, ["a", "A".repeat(43)], ["", "a b"]],
  ])("%s is what the relay takes", (_what, is, good, bad) => {
    for (const text of good) expect(is(text), text).toBe(true);
    for (const text of bad) expect(is(text), text).toBe(false);
  });

  test("each role has its other", () => {
    expect(ROLES.map(otherRole)).toEqual(["recipient", "sender"]);
  });

  test("the suites are six, the default among them", () => {
    expect(SUITE_NAMES.filter(isSuite)).toHaveLength(6);
    expect(isSuite(DEFAULT_SUITE)).toBe(true);
    expect(["p557", "", "P256", "ristretto255+mlkem1024"].some(isSuite)).toBe(false);
  });
});

describe("hh_k of h_k", () => {
  const hash = (bytes: Uint8Array): Hk => Buffer.from(bytes).toString("base64url") as Hk;

  test("is a hash of the 32 bytes, not of the text", () => {
    const draw = repeatable("h_k");
    const { h_k, hh_k } = reference({
      ...{ curve: "ristretto255", channel: "1", words: "w", sid: draw(16), nS: draw(32), capsA: "", capsB: "" },
      ...{ yaSeed: draw(48), ybSeed: draw(48) },
    });
    expect(hhKOf(h_k as Hk)).toBe(hh_k);
  });

  test.each([
    ["31 bytes", hash(new Uint8Array(31))],
    ["33 bytes", hash(new Uint8Array(33))],
    ["padding", `${hash(new Uint8Array(32))}=` as Hk],
    ["unused bits", `${"A".repeat(42)}B` as Hk],
    ["nothing", "" as Hk],
  ])("is undefined for %s", (_what, hK) => {
    expect(hhKOf(hK)).toBeUndefined();
  });
});

describe("problems", () => {
  const codes = Object.keys(PROBLEMS) as readonly ProblemCode[];

  test("every code says what happened and what to do, without a full stop after the first", () => {
    for (const code of codes) {
      expect(PROBLEMS[code].message, code).toMatch(/^[a-z\d].*[^.]$/);
      expect(PROBLEMS[code].hint, code).toMatch(/[.>?]$|--help\.|h_k>$/);
    }
  });

  test("an error carries the texts of its code, or better ones", () => {
    const plain = new DuetError("wrong_code");
    expect([plain.message, plain.hint, plain.extensions]).toEqual([
      PROBLEMS.wrong_code.message,
      PROBLEMS.wrong_code.hint,
      {},
    ]);
    const cause = new Error("why");
    const better = new DuetError("closed", { message: "m", hint: "h", extensions: { reason: "done" }, cause });
    expect([better.message, better.hint, better.extensions, better.cause]).toEqual([
      "m",
      "h",
      { reason: "done" },
      cause,
    ]);
  });

  test("are told by their code", () => {
    expect(isProblem(new DuetError("closed"), "closed")).toBe(true);
    expect(isProblem(new DuetError("closed"))).toBe(true);
    expect(isProblem(new DuetError("closed"), "failed")).toBe(false);
    expect(isProblem(new Error("closed"), "closed")).toBe(false);
  });

  test("have an exit code, and a status where a relay answers with them", () => {
    expect([httpStatus("channel_full"), httpStatus("round_over"), httpStatus("wrong_code")]).toEqual([403, 409, 500]);
    expect([exitCode("bad_code"), exitCode("wrong_code"), exitCode("interrupted")]).toEqual([2, 3, 130]);
  });
});

test("a secret shows itself to nobody who did not ask", () => {
  const secret = new Secret(Uint8Array.of(115, 101, 115, 97, 109, 101));
  for (const shown of [
    String(secret),
    `${String(secret)} and more`,
    JSON.stringify({ secret }),
    inspect({ secret }),
    inspect(secret, { showHidden: true }),
  ]) {
    expect(shown).toContain("[secret]");
    expect(shown).not.toMatch(/115|sesame|7365/);
  }
  expect(secret.reveal()).toHaveLength(6);
});
