import { describe, expect, test } from "vitest";
import type { CliEvent } from "../../../src/cli/report/events.js";
import { commandToGoOn, withCommandToGoOn } from "../../../src/cli/going-on.js";
import { failureOf } from "../../../src/cli/report/failure.js";
import { Story } from "../../../src/cli/report/story.js";
import { DuetError } from "../../../src/protocol/problem.js";
import { schemaFaults } from "../event-schema.js";

function telling() {
  const told: CliEvent[] = [];
  const clock = { now: 0 };
  const story = new Story({
    report: { show: (event) => told.push(event) },
    debug: () => {},
    waitForPeerMs: 600_000,
    now: () => clock.now,
  });
  return { story, clock, told, names: () => told.map(({ event }) => event) };
}

const PROGRESS = { event: "progress", bytes: 5, total: 10, rate: 1, secondsLeft: 5 } as const;
const lost = new DuetError("connection_lost");

describe("the story of a transfer", () => {
  test("tells who is waited for once, until they have come", () => {
    const { story, told } = telling();
    story.waiting("recipient");
    story.onExchange({ type: "waiting", for: "recipient" });
    expect(told).toEqual([{ event: "waiting", for: "recipient", seconds: 600 }]);
  });

  test("does not tell that a relay is lost that was never there: the error does", () => {
    const { story, names } = telling();
    const retrying = { type: "retrying", error: new DuetError("relay_unreachable"), delayMs: 0 } as const;
    story.onExchange(retrying);
    expect(names()).toEqual([]);
    story.onExchange({ type: "waiting", for: "sender" });
    story.onExchange(retrying);
    expect(names()).toEqual(["waiting", "lost"]);
  });

  test("tells a loss once, and again when it goes on for long, with how long it is tried still", () => {
    const { story, clock, told } = telling();
    for (; clock.now < 40_000; clock.now += 1_000) story.onTransfer({ event: "reconnecting", error: lost });
    expect(told).toMatchObject([
      { event: "lost", seconds: 600 },
      { event: "lost", seconds: 570 },
    ]);
  });

  test("tells what is there from an earlier attempt, what is read again, and what is of no use any more", () => {
    const { story, told } = telling();
    for (const event of [
      { event: "checking", path: "a", bytes: 0, total: 7 },
      { event: "accepted" },
      { event: "resumed", bytes: 7 },
      PROGRESS,
      { event: "dropped", path: "a\u001b", bytes: 7 },
    ] as const)
      story.onTransfer(event);
    expect(told.map(({ event }) => event)).toEqual(["checking", "resumed", "progress", "warning"]);
    expect(told.at(-1)).toMatchObject({ message: "a\\u{1b} was changed by the sender; all of it is sent again" });
    expect(told.flatMap(schemaFaults)).toEqual([]);
  });

  test("shows names of the other side so that they cannot act, and not too many of them", () => {
    const { story, told } = telling();
    for (let i = 0; i < 25; i++)
      story.onTransfer({ event: "skipped", path: `a\u202e${i}`, detail: "is there already", reason: "taken" });
    story.finish();
    expect(told[0]).toEqual({ event: "warning", message: "a\\u{202e}0 is there already; it is left out" });
    expect(told).toHaveLength(21);
    expect(told.at(-1)).toEqual({ event: "warning", message: "and the same of 5 more" });
  });
});

describe("the command to try again by", () => {
  const argv = ["node", "duet", "send", "my file", "--words", "4", "--relay", "https://r.example"];

  test("is what was typed, with the code in the environment", () => {
    expect(failureOf(withCommandToGoOn(lost, commandToGoOn("4821-a-b", argv)))).toMatchObject({
      code: "connection_lost",
      exit: 6,
      command: "DUET_CODE=4821-a-b duet send 'my file' --relay https://r.example",
    });
  });

  test.each([[["--code", "4821-a-b"]], [["--code=4821-a-b"]], [["--words=3"]], [["4821 A B"]]])(
    "holds the code only once, also when %j was typed",
    (words) => {
      const failure = failureOf(
        withCommandToGoOn(lost, commandToGoOn("4821-a-b", ["node", "duet", "receive", ...words, "--yes"], "4821 A B")),
      );
      expect(failure.command).toBe("DUET_CODE=4821-a-b duet receive --yes");
    },
  );

  test("is offered after an interruption if what has arrived is kept, and only then", () => {
    const stopped = new DuetError("interrupted");
    expect(withCommandToGoOn(stopped, "x")).toBe(stopped);
    expect(failureOf(withCommandToGoOn(stopped, "x", true))).toMatchObject({ exit: 130, command: "x" });
  });

  test("is not offered for what would fail again", () => {
    const declined = new DuetError("declined");
    expect(withCommandToGoOn(declined, "x")).toBe(declined);
  });
});
