import {
  createTRPCClient,
  httpBatchLink,
  httpLink,
  httpSubscriptionLink,
  splitLink,
  TRPCClientError,
  type TRPCClient,
} from "@trpc/client";
import { EventSource } from "eventsource";
import { describe, expect, onTestFinished, test } from "vitest";
import type { PublicRouter } from "../../src/relay/index.js";
import { bearer, startRelay, type TestRelay } from "./support.js";

const HERE = "127.0.0.1";
const S = "sender-uuid-0123456789";
const R = "recipient-uuid-0123456";

function clientOf({ relay }: TestRelay, uuid: string): TRPCClient<PublicRouter> {
  const url = `${relay.url}/trpc`;
  const headers = bearer(uuid);
  return createTRPCClient<PublicRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === "subscription",
        true: httpSubscriptionLink({
          url,
          EventSource,
          eventSourceOptions: {
            fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...headers } }),
          },
        }),
        false: httpLink({ url, headers }),
      }),
    ],
  });
}

/** The `duet` part of the error that a call ends with. */
async function errorOf(call: Promise<unknown>) {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TRPCClientError);
  return (error as TRPCClientError<PublicRouter>).data;
}

test("the whole exchange over tRPC, typed", async () => {
  const world = await startRelay();
  const sender = clientOf(world, S);
  const recipient = clientOf(world, R);
  expect(await sender.openChannel.mutate({ channel: "4821" })).toMatchObject({ channel: "4821", uuid: S, round: 1 });
  expect(await sender.postToChannel.mutate({ channel: "4821", round: 1, x: "x", curve: "p557" })).toMatchObject({
    message: "updated x, curve",
  });
  expect(await recipient.openChannel.mutate({ channel: "4821", role: "recipient", wait: 5 })).toMatchObject({
    uuid: R,
    x: "x",
    curve: "p557",
  });
  expect(await recipient.getChannel.query({ channel: "4821" })).toMatchObject({ x: "x", uuid: R });
  expect(await recipient.postToChannel.mutate({ channel: "4821", round: 1, y: "y", hh_k: "hh" })).toMatchObject({
    message: "updated y",
    stapler: { port: 8154 },
  });
  expect(await sender.getY.query({ channel: "4821", wait: 5 })).toMatchObject({
    y: "y",
    hh_k: "hh",
    stapler: { port: 8154 },
  });
  expect(await sender.postHk.mutate({ channel: "4821", h_k: "h" })).toMatchObject({ message: "updated h_k" });
  expect(await recipient.getHk.query({ channel: "4821" })).toMatchObject({ h_k: "h" });
  expect(await sender.openSender.mutate({ channel: "4821" })).toMatchObject({ message: "opened channel" });
  expect(await recipient.openRecipientPost.mutate({ channel: "4821" })).toMatchObject({ message: "opened channel" });
  expect(await sender.isReady.query({ channel: "4821" })).toMatchObject({ ready: false });
  expect(await recipient.closeChannel.mutate({ channel: "4821", reason: "done" })).toMatchObject({ message: "closed" });
});

describe("errors", () => {
  test("carry our code, its texts, its extensions and the HTTP status, and nothing internal", async () => {
    const world = await startRelay();
    const sender = clientOf(world, S);
    expect(await errorOf(sender.getY.query({ channel: "4821" }))).toMatchObject({
      code: "NOT_FOUND",
      httpStatus: 404,
      path: "getY",
      duet: { code: "unknown_channel", hint: expect.any(String) as string },
    });
    await sender.openChannel.mutate({ channel: "4821" });
    await sender.closeChannel.mutate({ channel: "4821", reason: "failed" });
    const data = await errorOf(sender.getY.query({ channel: "4821" }));
    expect(data).toMatchObject({ httpStatus: 410, duet: { code: "closed", closed_by: "sender", reason: "failed" } });
    expect(Object.keys(data ?? {})).not.toContain("stack");
    expect(await errorOf(clientOf(world, R).openChannel.mutate({ channel: "UPPER" }))).toMatchObject({
      code: "BAD_REQUEST",
      httpStatus: 400,
      duet: { code: "bad_request", issues: [{ path: ["channel"] }] },
    });
  });

  test.each([
    ["an unknown procedure", "GET", "/trpc/nothing", undefined, 404, "unknown_route"],
    ["a query by POST", "POST", "/trpc/getY", '{"channel":"4821"}', 405, "method_not_allowed"],
    ["a mutation by GET", "GET", "/trpc/closeChannel?input=%7B%7D", undefined, 405, "method_not_allowed"],
    ["an input that is no JSON", "GET", "/trpc/getY?input={", undefined, 400, "bad_json"],
    ["a body that is no JSON", "POST", "/trpc/openChannel", "{", 400, "bad_json"],
    [
      "too many calls at once",
      "GET",
      `/trpc/${Array(11).fill("health").join(",")}?batch=1`,
      undefined,
      400,
      "bad_request",
    ],
    ["a bad path", "GET", "/trpc/%", undefined, 400, "bad_request"],
  ] as const)("%s", async (_what, method, path, raw, status, code) => {
    const peer = (await startRelay()).at(HERE);
    const answer = await peer.call(method, path, raw === undefined ? {} : { raw });
    expect(answer).toMatchObject({ status, body: { error: { data: { duet: { code } } } } });
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.headers["x-request-id"]).toBeDefined();
    expect(answer.text).not.toMatch(/\bat .*\.[jt]s|node_modules|stack/);
  });

  test("the limits of bodies are those of REST", async () => {
    const peer = (await startRelay()).at(HERE);
    const raw = JSON.stringify({ channel: "4821", x: "x".repeat(17_000) });
    for (const [options, status, code] of [
      [{ raw }, 413, "too_large"],
      [{ raw: "{}", headers: { "Content-Type": "multipart/form-data" } }, 415, "unsupported_media_type"],
    ] as const) {
      const answer = await peer.call("POST", "/trpc/openChannel", options);
      expect(answer).toMatchObject({ status, body: { error: { data: { httpStatus: status, duet: { code } } } } });
    }
    expect(await peer.call("PUT", "/trpc/getY")).toMatchObject({
      status: 405,
      headers: { allow: "GET, POST, OPTIONS" },
    });
  });

  test("what is refused before tRPC sees the call has the form of tRPC too", async () => {
    const limited = await startRelay({ rateLimit: { perMinute: 1, burst: 1 } });
    await limited.at(HERE).get("/channel/4821");
    expect(await errorOf(clientOf(limited, S).health.query())).toMatchObject({
      code: "TOO_MANY_REQUESTS",
      httpStatus: 429,
      duet: { code: "rate_limited", retry_after: expect.any(Number) as number },
    });
    const isPrivate = await startRelay({ accessToken: "token" });
    expect(await errorOf(clientOf(isPrivate, S).health.query())).toMatchObject({
      httpStatus: 403,
      duet: { code: "access_token" },
    });
  });
});

test("a batch answers each call for itself", async () => {
  const world = await startRelay();
  const client = createTRPCClient<PublicRouter>({
    links: [httpBatchLink({ url: `${world.relay.url}/trpc`, headers: bearer(S) })],
  });
  const [health, unknown] = await Promise.allSettled([client.health.query(), client.getY.query({ channel: "4821" })]);
  expect(health).toMatchObject({ status: "fulfilled", value: { message: "healthy" } });
  expect(unknown).toMatchObject({ status: "rejected", reason: { data: { duet: { code: "unknown_channel" } } } });
});

describe("watchChannel", () => {
  type State = {
    readonly round: number;
    readonly x?: string | undefined;
    readonly y?: string | undefined;
    readonly is_open: boolean;
  };

  /** What comes over a subscription, one by one. */
  function watch(client: TRPCClient<PublicRouter>, channel = "4821") {
    const events: (State | { readonly error: unknown })[] = [];
    const waiting: ((event: State | { readonly error: unknown }) => void)[] = [];
    const push = (event: State | { readonly error: unknown }): void => {
      const next = waiting.shift();
      if (next === undefined) events.push(event);
      else next(event);
    };
    const subscription = client.watchChannel.subscribe(
      { channel },
      { onData: push, onError: (error) => push({ error }) },
    );
    const unsubscribe = (): void => subscription.unsubscribe();
    onTestFinished(unsubscribe);
    const next = (): Promise<State | { readonly error: unknown }> => {
      const event = events.shift();
      return event === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(event);
    };
    return { next, unsubscribe };
  }

  test("shows the state, then every change, and ends with the channel", async () => {
    const world = await startRelay();
    const sender = clientOf(world, S);
    await sender.openChannel.mutate({ channel: "4821" });
    const { next } = watch(sender);
    expect(await next()).toMatchObject({ round: 1, is_open: false });
    await sender.postToChannel.mutate({ channel: "4821", x: "x", curve: "p557" });
    expect(await next()).toMatchObject({ round: 1, x: "x" });
    const recipient = clientOf(world, R);
    await recipient.openChannel.mutate({ channel: "4821", role: "recipient" });
    expect(await next()).toMatchObject({ x: "x" });
    await recipient.postToChannel.mutate({ channel: "4821", y: "y", hh_k: "hh" });
    expect(await next()).toMatchObject({ y: "y" });
    await recipient.closeChannel.mutate({ channel: "4821", reason: "declined" });
    expect(await next()).toMatchObject({ error: { data: { duet: { code: "closed", reason: "declined" } } } });
  });

  test("ends with round_over when the round does", async () => {
    const world = await startRelay();
    const sender = clientOf(world, S);
    await sender.openChannel.mutate({ channel: "4821" });
    await sender.postToChannel.mutate({ channel: "4821", x: "x", curve: "p557" });
    const { next } = watch(sender);
    await next();
    await sender.openChannel.mutate({ channel: "4821" });
    expect(await next()).toMatchObject({ error: { data: { duet: { code: "round_over", round: 2 } } } });
  });

  test("is refused to strangers, and its place is free when its client has gone", async () => {
    const world = await startRelay({ waiters: { perChannel: 1, inAll: 1 } });
    const sender = clientOf(world, S);
    await sender.openChannel.mutate({ channel: "4821" });
    expect(await watch(clientOf(world, R)).next()).toMatchObject({ error: { data: { duet: { code: "not_yours" } } } });
    const first = watch(sender);
    await first.next();
    expect(await errorOf(sender.getY.query({ channel: "4821", wait: 30 }))).toMatchObject({
      duet: { code: "too_many_waiters" },
    });
    first.unsubscribe();
    // The relay sees the connection close a moment later.
    await expect
      .poll(() => errorOf(sender.getY.query({ channel: "4821", wait: 1 })))
      .toMatchObject({ duet: { code: "not_yet" } });
  });

  test("ends when the relay stops", async () => {
    const world = await startRelay();
    const sender = clientOf(world, S);
    await sender.openChannel.mutate({ channel: "4821" });
    const { next } = watch(sender);
    await next();
    await world.relay.close({ graceMs: 10_000 });
  });
});
