import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { listenForInterrupts } from "../../../src/cli/machine/interrupts.js";

function listening(limitMs = 60_000) {
  const source = new EventEmitter();
  const happened: string[] = [];
  const interrupts = listenForInterrupts({
    source,
    limitMs,
    onFirst: () => happened.push(`first, aborted ${interrupts.signal.aborted}`),
    exitAtOnce: () => happened.push("exit"),
  });
  return { source, happened, interrupts };
}

test.each(["SIGINT", "SIGTERM", "SIGHUP"])(
  "%s ends in good order the first time, and at once the second time",
  (signal) => {
    const { source, happened, interrupts } = listening();
    source.emit(signal);
    expect(happened).toEqual(["first, aborted true"]);
    expect(interrupts.signal.reason).toMatchObject({ code: "interrupted" });
    source.emit(signal);
    expect(happened).toEqual(["first, aborted true", "exit"]);
    interrupts.release();
  },
);

test("good order that takes too long is ended", async () => {
  const { happened, interrupts } = listening(1);
  interrupts.interrupt();
  await expect.poll(() => happened).toEqual(["first, aborted true", "exit"]);
  interrupts.release();
});

test("released, it hears nothing more", async () => {
  const { source, happened, interrupts } = listening();
  interrupts.release();
  source.emit("SIGINT");
  expect([happened, source.eventNames()]).toEqual([[], []]);
});
