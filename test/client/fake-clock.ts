import type { Clock } from "../../src/client/clock.js";

/** A clock that stands still unless someone sleeps, and then jumps: no test waits for it. */
export interface FakeClock extends Clock {
  /** What was slept for, in order. */
  readonly slept: readonly number[];
  advance(ms: number): void;
}

/** @param random what chance gives, always */
export function fakeClock(random = 0.5): FakeClock {
  let time = 1_000_000;
  const slept: number[] = [];
  const alarms = new Set<{ readonly at: number; readonly ring: () => void }>();
  const advance = (ms: number): void => {
    time += ms;
    for (const alarm of [...alarms]) {
      if (alarm.at > time) continue;
      alarms.delete(alarm);
      alarm.ring();
    }
  };
  return {
    slept,
    advance,
    now: () => time,
    random: () => random,
    /** Long sleeps are alarms, which only `advance` reaches: they stand for limits, not for pauses. */
    sleep: (ms, signal) => {
      signal.throwIfAborted();
      if (ms >= 9_000) {
        return new Promise((resolve, reject) => {
          const alarm = { at: time + ms, ring: resolve };
          alarms.add(alarm);
          signal.addEventListener("abort", () => {
            alarms.delete(alarm);
            reject(signal.reason);
          });
        });
      }
      slept.push(ms);
      advance(ms);
      return Promise.resolve();
    },
  };
}
