import { expect, test } from "vitest";
import { ProgressMeter } from "../../src/transfer/progress.js";

function meterAt(total: number | null) {
  const clock = { ms: 0 };
  return { clock, meter: new ProgressMeter(total, () => clock.ms) };
}

test("the rate is that of the last seconds, and the time left follows from it", () => {
  const { clock, meter } = meterAt(1_000_000);
  for (let second = 1; second <= 10; second++) {
    clock.ms += 1000;
    meter.moved(second <= 5 ? 10_000 : 50_000);
  }
  const { rate, secondsLeft, bytes } = meter.snapshot;
  expect(bytes).toBe(300_000);
  expect(rate).toBeCloseTo(50_000, -3);
  expect(secondsLeft).toBeCloseTo(700_000 / rate, 5);
});

test("nothing that moves takes forever, which is not said in numbers", () => {
  const { clock, meter } = meterAt(100);
  clock.ms = 1000;
  expect(meter.snapshot).toEqual({ bytes: 0, total: 100, rate: 0, secondsLeft: null });
});

test("a stream has no time left that could be known", () => {
  const { clock, meter } = meterAt(null);
  clock.ms = 1000;
  meter.moved(500);
  expect(meter.snapshot).toEqual({ bytes: 500, total: null, rate: 500, secondsLeft: null });
});

test("the whole leaves nothing to wait for", () => {
  const { meter } = meterAt(0);
  expect(meter.snapshot.secondsLeft).toBe(0);
});

test("a new connection begins where the old one left what is complete, and the rate is that of the new one", () => {
  const { clock, meter } = meterAt(1000);
  clock.ms = 1000;
  meter.moved(600);
  meter.restart(400);
  clock.ms = 2000;
  meter.moved(200);
  expect(meter.snapshot).toEqual({ bytes: 600, total: 1000, rate: 200, secondsLeft: 2 });
});

test("a rate falls when nothing comes any more", () => {
  const { clock, meter } = meterAt(1000);
  clock.ms = 1000;
  meter.moved(400);
  clock.ms = 4000;
  expect(meter.snapshot.rate).toBe(100);
});

test("after a long wait for the other side the rate is not that of the wait", () => {
  const { clock, meter } = meterAt(1000);
  clock.ms = 600_000;
  meter.restart(0);
  clock.ms += 1000;
  meter.moved(500);
  expect(meter.snapshot).toEqual({ bytes: 500, total: 1000, rate: 500, secondsLeft: 1 });
});
