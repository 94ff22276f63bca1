import { describe, expect, test } from "vitest";
import { TRPCError } from "@trpc/server";
import type { AddressKey } from "../../src/channel/address.js";
import { MemoryStore } from "../../src/channel/memory-store.js";
import { newChannel } from "../../src/channel/seats.js";
import type { ChannelName, Uuid } from "../../src/protocol/names.js";
import { DuetError } from "../../src/protocol/problem.js";
import { createCall } from "../../src/relay/call.js";
import { Channels } from "../../src/relay/channels.js";
import { isFault, problemFrom } from "../../src/relay/errors.js";
import { DEFAULT_WAITER_LIMITS, TIME_IS_UP, Waiters } from "../../src/relay/waiters.js";

const name = "4821" as ChannelName;
const address = "192.0.2.1" as AddressKey;

describe("a call", () => {
  async function callOf(bearer: string | undefined) {
    const now = () => 1_000_000;
    const policy = { identity: "any", addresses: "strict" } as const;
    const store = new MemoryStore({ now });
    const channels = new Channels({ store, now, maxOpenPerAddress: 10, waiters: new Waiters(DEFAULT_WAITER_LIMITS) });
    const uuid = "sender-uuid-0123456789" as Uuid;
    await channels.create((time) =>
      newChannel(name, { caller: { address, bearer: false, addressSpeaks: true }, uuid, now: time, policy }),
    );
    const facts = {
      version: "0",
      notice: undefined,
      limits: {
        requestsPerMinute: null,
        burst: null,
        channelsPerAddress: null,
        waitersPerChannel: 1,
        waitersPerAddress: null,
      },
    };
    const services = {
      channels,
      policy,
      facts,
      random: (length: number) => new Uint8Array(length),
      staplerFor: () => ({ host: null, port: 1, websocket_url: null }),
    };
    return createCall(services, { address, addressSpeaks: true, otherSite: false, bearer });
  }

  test("passes on what a reader throws, unless it says that it is not there yet", async () => {
    const call = await callOf(undefined);
    const failing = new RangeError("bug");
    await expect(
      call.read({ channel: name }, "sender", undefined, () => {
        throw failing;
      }),
    ).rejects.toBe(failing);
  });

  test("makes a uuid of 128 bits for who brings none", async () => {
    expect((await callOf(undefined)).seat(undefined).uuid).toBe("A".repeat(22));
  });

  test("of a client that is gone already does not wait", async () => {
    const call = await callOf(undefined);
    const gone = AbortSignal.abort(new Error("gone"));
    const reading = call.read({ channel: name, wait: 30 }, "sender", gone, () => {
      throw new DuetError("not_yet");
    });
    await expect(reading).rejects.toThrow("gone");
    const watching = call.watch({ channel: name }, "sender", gone, () => 1);
    expect(await watching.next()).toEqual({ done: true, value: undefined });
  });
});

describe("waiters", () => {
  test("are as many as allowed without a warning of Node, and all of them are told when the relay stops", async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error): void => void warnings.push(warning);
    process.on("warning", warned);
    try {
      const waiters = new Waiters(DEFAULT_WAITER_LIMITS);
      const untilAborted = (signal: AbortSignal): Promise<never> =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
      const hold = (index: number) =>
        waiters.hold(String(index) as ChannelName, address, Infinity, undefined, untilAborted);
      const held = Array.from({ length: 50 }, (_, index) => hold(index));
      waiters.close();
      for (const each of held) await expect(each).rejects.toMatchObject({ code: "shutting_down" });
      await new Promise((resolve) => setImmediate(resolve));
      expect(warnings).toEqual([]);
    } finally {
      process.off("warning", warned);
    }
  });

  test("have a deadline, and their work's own errors are passed on", async () => {
    const waiters = new Waiters({ perChannel: 1, perAddress: 1, inAll: 1 });
    const never = (signal: AbortSignal) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    expect(await waiters.hold(name, address, 1, undefined, never)).toBe(TIME_IS_UP);
    await expect(
      waiters.hold(name, address, Infinity, undefined, () => Promise.reject(new RangeError("bug"))),
    ).rejects.toThrow("bug");
    expect(await waiters.hold(name, address, Infinity, undefined, () => Promise.resolve(1))).toBe(1);
    waiters.close();
    await expect(
      waiters.hold(name, address, Infinity, undefined, (signal) => Promise.reject(signal.reason as Error)),
    ).rejects.toMatchObject({ code: "shutting_down" });
  });
});

describe("errors", () => {
  test.each([
    ["what is not ours", new Error("internal text"), "internal"],
    [
      "a bug inside tRPC",
      new TRPCError({ code: "INTERNAL_SERVER_ERROR", cause: new RangeError("internal text") }),
      "internal",
    ],
    ["ours", new DuetError("not_yet"), "not_yet"],
    ["ours inside tRPC's", new TRPCError({ code: "INTERNAL_SERVER_ERROR", cause: new DuetError("closed") }), "closed"],
    ["a refusal of tRPC", new TRPCError({ code: "PARSE_ERROR" }), "bad_json"],
    ["another refusal of tRPC", new TRPCError({ code: "TEAPOT" as "BAD_REQUEST" }), "internal"],
  ])("%s", (_what, error, code) => {
    const problem = problemFrom(error);
    expect(problem.code).toBe(code);
    expect(problem.message).not.toContain("internal text");
    expect(isFault(problem)).toBe(code === "internal");
  });

  test("a code that no relay should answer with is the relay's fault", () => {
    expect(isFault(new DuetError("declined"))).toBe(true);
  });
});
