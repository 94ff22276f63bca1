import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256 } from "@noble/hashes/sha2.js";
import { lv } from "../../src/protocol/lv.js";
import type { Direction, MessageType } from "../../src/protocol/record.js";
import {
  begin,
  contextOf,
  directionOf,
  finish,
  incomingOf,
  mayFollow,
  meet,
  NEW_SEQUENCE,
  type Sequence,
} from "../../src/protocol/sequence.js";
import { bytes, problem } from "./support.js";

type Step = readonly [Direction, MessageType];

const NONCES = [bytes(1), bytes(2)] as const;

/** Sends whole messages, and lets the two meet when both hellos are there. */
function after(...steps: readonly Step[]): Sequence {
  return steps.reduce((sequence, [direction, type]) => {
    const next = finish(begin(sequence, direction, type), direction);
    const isGreeted = next.s2r.latest === "hello" && next.r2s.latest === "hello";
    return isGreeted ? meet(next, ...NONCES) : next;
  }, NEW_SEQUENCE);
}

const HELLOS: readonly Step[] = [
  ["s2r", "hello"],
  ["r2s", "hello"],
];
const OFFERED: readonly Step[] = [...HELLOS, ["s2r", "manifest"]];
const ACCEPTED: readonly Step[] = [...OFFERED, ["r2s", "accept"]];
const SENT: readonly Step[] = [...ACCEPTED, ["s2r", "body"], ["s2r", "body"], ["s2r", "end"]];
const DONE: readonly Step[] = [...SENT, ["r2s", "ack"]];

describe("what may come next", () => {
  test.each<[string, readonly Step[], readonly MessageType[], readonly MessageType[]]>([
    ["at the start", [], ["hello"], ["hello"]],
    ["after the sender's hello alone: nothing, for there is no conn", [["s2r", "hello"]], [], ["hello"]],
    ["after the recipient's hello alone", [["r2s", "hello"]], ["hello"], []],
    ["after both hellos", HELLOS, ["manifest", "error"], ["error"]],
    ["after the manifest", OFFERED, ["error"], ["accept", "error"]],
    ["after accept", ACCEPTED, ["body", "end", "error"], ["error"]],
    ["after a body", [...ACCEPTED, ["s2r", "body"]], ["body", "end", "error"], ["error"]],
    ["after end", SENT, ["error"], ["ack", "error"]],
    ["after end without a body", [...ACCEPTED, ["s2r", "end"]], ["error"], ["ack", "error"]],
    ["after ack", DONE, ["error"], []],
    ["after an error of the sender", [...OFFERED, ["s2r", "error"]], [], ["error"]],
    ["after an error of the recipient", [...OFFERED, ["r2s", "error"]], ["error"], []],
  ])("%s", (_when, steps, s2r, r2s) => {
    expect(mayFollow(after(...steps), "s2r")).toEqual(s2r);
    expect(mayFollow(after(...steps), "r2s")).toEqual(r2s);
  });

  test("nothing while a message runs, in its direction", () => {
    const running = begin(after(...HELLOS), "s2r", "manifest");
    expect(mayFollow(running, "s2r")).toEqual([]);
    expect(mayFollow(running, "r2s")).toEqual(["error"]);
  });

  test("accept waits for the last line of the manifest, ack for the end of end", () => {
    expect(mayFollow(begin(after(...HELLOS), "s2r", "manifest"), "r2s")).not.toContain("accept");
    expect(mayFollow(begin(after(...ACCEPTED), "s2r", "end"), "r2s")).not.toContain("ack");
    expect(mayFollow(begin(after(...OFFERED), "r2s", "accept"), "s2r")).toEqual(["error"]);
  });

  test("never more than three types, whatever happened", () => {
    const types: readonly MessageType[] = ["hello", "manifest", "accept", "body", "end", "ack", "error"];
    const step = fc.tuple(fc.constantFrom<Direction>("s2r", "r2s"), fc.constantFrom(...types));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let sequence = NEW_SEQUENCE;
        for (const [direction, type] of steps) {
          const may = mayFollow(sequence, direction);
          expect(may.length).toBeLessThanOrEqual(3);
          if (!may.includes(type)) continue;
          sequence = finish(begin(sequence, direction, type), direction);
          if (sequence.s2r.latest === "hello" && sequence.r2s.latest === "hello") sequence = meet(sequence, ...NONCES);
        }
      }),
    );
  });
});

describe("where a message stands", () => {
  test("the first of a direction is 0 and bound to no connection", () => {
    expect(contextOf(NEW_SEQUENCE, "s2r")).toEqual({ direction: "s2r", index: 0, conn: bytes() });
    expect(contextOf(after(["s2r", "hello"]), "r2s")).toEqual({ direction: "r2s", index: 0, conn: bytes() });
  });

  test("the next ones are counted per direction and bound to both nonces", () => {
    const conn = sha256(lv(...NONCES));
    expect(contextOf(after(...HELLOS), "s2r")).toEqual({ direction: "s2r", index: 1, conn });
    expect(contextOf(after(...SENT), "s2r")).toEqual({ direction: "s2r", index: 5, conn });
    expect(contextOf(after(...SENT), "r2s")).toEqual({ direction: "r2s", index: 2, conn });
  });

  test("the order of the nonces is sender, recipient", () => {
    const greeted = finish(begin(after(["s2r", "hello"]), "r2s", "hello"), "r2s");
    expect(meet(greeted, bytes(1), bytes(2)).conn).not.toEqual(meet(greeted, bytes(2), bytes(1)).conn);
  });

  test("a role sends in one direction and receives in the other", () => {
    expect([directionOf("sender"), incomingOf("sender")]).toEqual(["s2r", "r2s"]);
    expect([directionOf("recipient"), incomingOf("recipient")]).toEqual(["r2s", "s2r"]);
  });
});

describe("out of turn", () => {
  test.each<[string, () => Sequence]>([
    ["a manifest first", () => begin(NEW_SEQUENCE, "s2r", "manifest")],
    ["a second hello", () => begin(after(...HELLOS), "s2r", "hello")],
    ["a body before consent", () => begin(after(...OFFERED), "s2r", "body")],
    ["an accept from the sender", () => begin(after(...OFFERED), "s2r", "accept")],
    ["a manifest from the recipient", () => begin(after(...HELLOS), "r2s", "manifest")],
    ["an ack before end", () => begin(after(...ACCEPTED), "r2s", "ack")],
    ["a body behind end", () => begin(after(...SENT), "s2r", "body")],
    ["anything behind an error", () => begin(after(...HELLOS, ["s2r", "error"]), "s2r", "error")],
    ["the end of a message that has not begun", () => finish(NEW_SEQUENCE, "s2r")],
    ["the end of a message, twice", () => finish(after(...HELLOS), "s2r")],
    ["a meeting without hellos", () => meet(NEW_SEQUENCE, ...NONCES)],
    ["a meeting with one hello", () => meet(after(["s2r", "hello"]), ...NONCES)],
    ["a meeting while a hello runs", () => meet(begin(after(["s2r", "hello"]), "r2s", "hello"), ...NONCES)],
    ["a second meeting", () => meet(after(...HELLOS), ...NONCES)],
  ])("%s is a bad message", (_what, action) => {
    expect(action).toThrow(problem("bad_message"));
  });
});
