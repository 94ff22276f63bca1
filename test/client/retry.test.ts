import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/client/clock.js";
import {
  FIRST_ANSWER_MS,
  FIRST_REFUSED_MS,
  RETRY_CAP_MS,
  firstCall,
  isLoss,
  retrying,
} from "../../src/client/retry.js";
import { DuetError, type ProblemCode } from "../../src/protocol/problem.js";
import { fakeClock } from "./fake-clock.js";

const never = new AbortController().signal;

/** A call that fails with these in turn, then answers. */
function failing(...codes: readonly (ProblemCode | DuetError)[]): () => Promise<string> {
  const left = [...codes];
  return () => {
    const next = left.shift();
    if (next === undefined) return Promise.resolve("answer");
    return Promise.reject(typeof next === "string" ? new DuetError(next) : next);
  };
}

describe("a lost call", () => {
  test("is made again at once, then after random times of at most two seconds", async () => {
    const clock = fakeClock(0.999);
    const lost = Array<ProblemCode>(7).fill("relay_unreachable");
    expect(await retrying(failing(...lost), { clock, signal: never, deadline: Infinity })).toBe("answer");
    expect(clock.slept.map(Math.round)).toEqual([500, 999, 1998, 1998, 1998, 1998]);
    expect(Math.max(...clock.slept)).toBeLessThanOrEqual(RETRY_CAP_MS);
  });

  test.each(["relay_unreachable", "internal", "store_unavailable", "shutting_down", "request_timeout"] as const)(
    "%s is a loss",
    async (code) => {
      const clock = fakeClock();
      expect(await retrying(failing(code), { clock, signal: never, deadline: Infinity })).toBe("answer");
      expect(clock.slept).toEqual([]);
    },
  );

  test.each(["wrong_code", "not_yours", "closed", "round_over", "too_many_channels", "connection_lost"] as const)(
    "%s is none",
    async (code) => {
      await expect(
        retrying(failing(code), { clock: fakeClock(), signal: never, deadline: Infinity }),
      ).rejects.toMatchObject({ code });
      expect(isLoss(new DuetError(code))).toBe(false);
    },
  );

  test("a relay that asks for patience is not asked before", async () => {
    const clock = fakeClock();
    const asked = new DuetError("rate_limited", { extensions: { retry_after: 7 } });
    const tooLong = new DuetError("too_many_waiters", { extensions: { retry_after: 86_400 } });
    const delays: number[] = [];
    const onRetry = (_error: DuetError, delay: number): void => {
      delays.push(delay);
      if (delay === 60_000) queueMicrotask(() => clock.advance(delay));
    };
    expect(
      await retrying(failing(asked, "rate_limited", tooLong), { clock, signal: never, deadline: Infinity, onRetry }),
    ).toBe("answer");
    expect(delays).toEqual([7_000, 250, 60_000]);
  });

  test("the deadline ends it with the last loss", async () => {
    const clock = fakeClock();
    const retries: [ProblemCode, number][] = [];
    const calling = retrying(failing(...Array<ProblemCode>(100).fill("store_unavailable")), {
      clock,
      signal: never,
      deadline: clock.now() + 1_000,
      onRetry: ({ code }, delay) => retries.push([code, delay]),
    });
    await expect(calling).rejects.toMatchObject({ code: "store_unavailable" });
    expect(retries).toEqual([
      ["store_unavailable", 0],
      ["store_unavailable", 250],
      ["store_unavailable", 500],
    ]);
  });

  test("an abort ends it with its own reason", async () => {
    const over = new AbortController();
    const calling = retrying(
      () => {
        over.abort(new DuetError("interrupted"));
        return Promise.reject(new DuetError("relay_unreachable"));
      },
      { clock: fakeClock(), signal: over.signal, deadline: Infinity },
    );
    await expect(calling).rejects.toMatchObject({ code: "interrupted" });
    await expect(
      retrying(failing(), { clock: fakeClock(), signal: over.signal, deadline: Infinity }),
    ).rejects.toMatchObject({ code: "interrupted" });
  });
});

describe("the first call", () => {
  const options = (clock: ReturnType<typeof fakeClock>) => ({ clock, signal: never, deadline: Infinity });

  test("a relay that says nothing is given up within the time", async () => {
    const clock = fakeClock();
    const calling = firstCall(
      (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      options(clock),
    );
    clock.advance(FIRST_ANSWER_MS);
    await expect(calling).rejects.toMatchObject({ code: "relay_unreachable", message: "the relay does not answer" });
  });

  test("an address that refuses is given up sooner", async () => {
    const clock = fakeClock();
    const start = clock.now();
    await expect(
      firstCall(failing(...Array<ProblemCode>(100).fill("relay_unreachable")), options(clock)),
    ).rejects.toMatchObject({ code: "relay_unreachable" });
    expect(clock.now() - start).toBeGreaterThanOrEqual(FIRST_REFUSED_MS);
    expect(clock.now() - start).toBeLessThan(FIRST_ANSWER_MS);
  });

  test("a relay that has answered once is retried like any other", async () => {
    const clock = fakeClock();
    const answers = failing("store_unavailable", ...Array<ProblemCode>(20).fill("relay_unreachable"));
    expect(await firstCall(answers, options(clock))).toBe("answer");
    expect(clock.slept.length).toBe(20);
  });

  test("what is refused is not retried", async () => {
    await expect(firstCall(failing("channel_in_use"), options(fakeClock()))).rejects.toMatchObject({
      code: "channel_in_use",
    });
  });
});

describe("the clock of the machine", () => {
  test("sleeps, and wakes with the reason of an abort", async () => {
    const over = new AbortController();
    const before = systemClock.now();
    await systemClock.sleep(1, over.signal);
    expect(systemClock.now()).toBeGreaterThan(before);
    const sleeping = systemClock.sleep(60_000, over.signal);
    over.abort(new Error("over"));
    await expect(sleeping).rejects.toThrow("over");
    await expect(systemClock.sleep(1, over.signal)).rejects.toThrow("over");
    expect(systemClock.random()).toBeLessThan(1);
  });
});
