import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { CliEvent } from "../../../src/cli/report/events.js";
import { Loss } from "../../../src/cli/report/loss.js";
import { DuetError } from "../../../src/protocol/problem.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const lost = new DuetError("connection_lost");
const away = new DuetError("relay_unreachable");

function watching() {
  const told: CliEvent[] = [];
  const clock = { now: 5_000 };
  const loss = new Loss({
    report: { show: (event) => told.push(event) },
    waitForPeerMs: 100_000,
    now: () => clock.now,
  });
  const pass = (ms: number): void => {
    clock.now += ms;
    vi.advanceTimersByTime(ms);
  };
  const seconds = (): unknown[] => told.map((event) => (event.event === "lost" ? event.seconds : event.event));
  return { loss, clock, told, pass, seconds };
}

test("a loss is told at once, and again every half a minute with what is left of patience, however often it is noticed", () => {
  const { loss, pass, seconds } = watching();
  using _loss = loss;
  for (let second = 0; second < 65; second++) {
    loss.is(lost);
    pass(1_000);
  }
  expect(seconds()).toEqual([100, 70, 40]);
});

test("the latest reason is the one that is told again", () => {
  const { loss, pass, told } = watching();
  using _loss = loss;
  loss.is(lost);
  loss.is(away);
  pass(30_000);
  expect(told).toMatchObject([{ code: "connection_lost" }, { code: "relay_unreachable" }]);
});

test("when it is over nothing more is told, and the next loss is told at once with all of patience", () => {
  const { loss, pass, seconds } = watching();
  loss.is(lost);
  pass(10_000);
  loss.over();
  pass(120_000);
  loss.is(lost);
  loss[Symbol.dispose]();
  pass(120_000);
  expect(seconds()).toEqual([100, 100]);
  expect(vi.getTimerCount()).toBe(0);
});

test("a machine that slept for hours tells of no time that is less than none", () => {
  const { loss, clock, pass, seconds } = watching();
  using _loss = loss;
  loss.is(lost);
  clock.now += 5 * 3_600_000;
  pass(30_000);
  expect(seconds()).toEqual([100, 0]);
});

test("regression: a timer that rang a moment early by the finer clock was told of only the next time", () => {
  const { loss, clock, pass, seconds } = watching();
  using _loss = loss;
  loss.is(lost);
  clock.now -= 2;
  pass(30_000);
  expect(seconds()).toEqual([100, 71]);
});
