import { describe, expect, expectTypeOf, test } from "vitest";
import { TRPCClientError } from "@trpc/client";
import { connectRelay, parseRelayUrl } from "../../src/client/node/node-relay.js";
import { nodeEvents } from "../../src/client/node/node-events.js";
import { type RelayClient, createRelayClient } from "../../src/client/relay-client.js";
import { closedByPeer, toDuetError } from "../../src/client/relay-errors.js";
import { newUuid } from "../../src/client/seat-keeper.js";
import { DuetError, PROBLEMS } from "../../src/protocol/problem.js";
import { httpServer } from "./servers.js";
import { createWorld } from "./world.js";

/** What a call ends with when an HTTP server answers this. */
async function errorFor(status: number, body: string, headers: Record<string, string> = {}): Promise<DuetError> {
  await using server = await httpServer((_request, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(body);
  });
  const relay = connectRelay({ url: server.url });
  try {
    await relay.client().health.query();
    throw new Error("it was answered");
  } catch (error) {
    return toDuetError(error);
  } finally {
    relay.close();
  }
}

const trpcError = (duet: unknown, httpStatus = 409): string =>
  JSON.stringify({
    error: { message: "m", code: -32600, data: { code: "CONFLICT", httpStatus, path: "health", duet } },
  });

describe("the typed client", () => {
  test("infers every step from the relay's router", () => {
    expectTypeOf<Parameters<RelayClient["openChannel"]["mutate"]>[0]>().toExtend<{
      channel?: string | undefined;
      role?: "sender" | "recipient" | undefined;
    }>();
    expectTypeOf<Awaited<ReturnType<RelayClient["getY"]["query"]>>["hh_k"]>().toEqualTypeOf<string>();
    expectTypeOf<Awaited<ReturnType<RelayClient["postHk"]["mutate"]>>["stapler"]["port"]>().toEqualTypeOf<number>();
    expectTypeOf<RelayClient["closeChannelPost"]["mutate"]>().toBeFunction();
  });

  test("runs on a `fetch` as browsers have it", async () => {
    await using world = await createWorld();
    const relay = createRelayClient({ url: `${world.url}/`, fetch, uuid: newUuid() });
    const opened = await relay.openChannel.mutate({ role: "sender" });
    expect(opened).toMatchObject({ role: "sender", success: true, message: "got channel" });
    await expect(relay.getY.query({ channel: opened.channel })).rejects.toSatisfy(
      (error) => toDuetError(error).code === "not_yet",
    );
  });

  test("sends the uuid as Bearer and the access token in its header, and neither in an address", async () => {
    const seen: string[] = [];
    await using server = await httpServer((request, response) => {
      seen.push(request.url ?? "", request.headers.authorization ?? "", String(request.headers["x-duet-access-token"]));
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ result: { data: {} } }));
    });
    const uuid = newUuid();
    const relay = connectRelay({ url: `${server.url}/base/`, accessToken: "token" });
    await relay.client(uuid).getY.query({ channel: "4821" });
    relay.close();
    expect(seen).toEqual([
      `/base/trpc/getY?input=${encodeURIComponent('{"channel":"4821"}')}`,
      `Bearer ${uuid}`,
      "token",
    ]);
  });

  test("gives every call its time, and more to one that waits", async () => {
    await using server = await httpServer(() => {});
    const relay = connectRelay({ url: server.url, patienceMs: 30 });
    const failure = await relay.client().health.query().catch(toDuetError);
    expect(failure).toMatchObject({ code: "relay_unreachable", message: "the relay does not answer" });
    const start = performance.now();
    await relay
      .client()
      .getY.query({ channel: "1", wait: 1 })
      .catch(() => {});
    expect(performance.now() - start).toBeGreaterThan(900);
    relay.close();
  });

  test("a subscription tells what the other side does, as it happens, with the uuid in its header", async () => {
    await using world = await createWorld();
    const relay = world.connect({ events: nodeEvents });
    const uuid = newUuid();
    const client = relay.client(uuid);
    await client.openChannel.mutate({ channel: "77", role: "sender" });
    const over = new AbortController();
    const states: (string | undefined)[] = [];
    for await (const state of client.watchChannel.subscribe({ channel: "77" }, { signal: over.signal })) {
      states.push(state.x);
      if (state.x !== undefined) break;
      await client.postToChannel.mutate({ channel: "77", x: "share", curve: "p557" });
    }
    over.abort();
    expect(states).toEqual([undefined, "share"]);
  });

  test("without an EventSource there are no subscriptions", async () => {
    await using world = await createWorld();
    const failure = await new Promise((resolve) => {
      try {
        world.connect().client().watchChannel.subscribe({ channel: "77" }, { onError: resolve });
      } catch (error) {
        resolve(error);
      }
    });
    expect(failure).toBeInstanceOf(Error);
  });
});

describe("an error of a relay", () => {
  test("has the code of the table, the relay's words cleaned, and only what is known of the rest", async () => {
    const duet = {
      code: "closed",
      message: "gone\u001b[2J\n\u202enow",
      hint: "x".repeat(600),
      closed_by: "sender",
      reason: "declined",
      round: 7,
      extra: "no",
      stack: "no",
    };
    const error = await errorFor(410, trpcError(duet, 410));
    expect(error).toMatchObject({ code: "closed", message: "gone[2J now", hint: `${"x".repeat(499)}…` });
    expect(error.extensions).toEqual({ status: 410, closed_by: "sender", reason: "declined", round: 7 });
  });

  test.each([
    ["that is not known here", "brand_new_code"],
    ["that only a peer can meet, since a person would believe it", "wrong_code"],
    ["that is no text", 7],
    ["of JavaScript", "constructor"],
    ["that is missing", undefined],
  ])("with a code %s is relay_refused, in the relay's words", async (_which, code) => {
    expect(await errorFor(409, trpcError({ code, message: "say this" }))).toMatchObject({
      code: "relay_refused",
      message: "say this",
    });
  });

  test("without words has those of the table", async () => {
    expect(await errorFor(409, trpcError({ code: "seat_taken", message: 7 }))).toMatchObject({
      code: "seat_taken",
      message: PROBLEMS.seat_taken.message,
    });
  });

  test("tells when to come again, in its body or in its header", async () => {
    expect((await errorFor(429, trpcError({ code: "rate_limited" }), { "retry-after": "9" })).extensions).toMatchObject(
      { retry_after: 9 },
    );
    expect(
      (await errorFor(429, trpcError({ code: "rate_limited", retry_after: 4 }), { "retry-after": "9" })).extensions,
    ).toMatchObject({ retry_after: 4 });
    expect(
      (await errorFor(429, trpcError({ code: "rate_limited" }), { "retry-after": "Fri, 01 Jan 2100 00:00:00 GMT" }))
        .extensions,
    ).not.toHaveProperty("retry_after");
  });

  test("may be a problem document", async () => {
    const problem = {
      type: "/problems#rate_limited",
      status: 429,
      code: "rate_limited",
      message: "too many",
      hint: "wait",
      success: false,
      retry_after: 3,
    };
    const error = await errorFor(429, JSON.stringify(problem), { "content-type": "application/problem+json" });
    expect(error).toMatchObject({
      code: "rate_limited",
      message: "too many",
      hint: "wait",
      extensions: { retry_after: 3 },
    });
  });

  test.each([
    [502, "<html>", "text/html", "relay_unreachable", /in between answered 502/],
    [503, "{}", "application/json", "relay_unreachable", /in between answered 503/],
    [200, "<html>", "text/html", "relay_refused", /is not a duet relay/],
    [200, "{}", "application/json", "relay_refused", /is not a duet relay/],
    [200, "[", "application/json", "relay_refused", /is not a duet relay/],
    [404, '{"error":"nope"}', "application/json", "relay_refused", /\(404\) is not a duet relay/],
  ])("that is none (%s %s) says what was found", async (status, body, type, code, message) => {
    expect(await errorFor(status, body, { "content-type": type })).toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });

  test("says where the relay has gone", async () => {
    const error = await errorFor(301, "", { "content-type": "text/html", location: "https://relay.example/" });
    expect(error).toMatchObject({ code: "relay_refused", message: "the relay is elsewhere: https://relay.example/" });
  });

  test("an error of ours stays what it is, anything else is a relay that cannot be reached", () => {
    const ours = new DuetError("wrong_code");
    expect(toDuetError(ours)).toBe(ours);
    expect(toDuetError(TRPCClientError.from(ours))).toBe(ours);
    expect(toDuetError("?")).toMatchObject({ code: "relay_unreachable", cause: "?" });
    expect(toDuetError(new TRPCClientError("?"))).toMatchObject({ code: "relay_unreachable" });
  });

  test("closed with a reason that is not known stays closed", () => {
    const error = new DuetError("closed", { extensions: {} });
    expect(closedByPeer(error)).toBe(error);
  });
});

describe("the address of a relay", () => {
  test.each([
    ["http://127.0.0.1:8153", "http://127.0.0.1:8153"],
    ["https://relay.example/", "https://relay.example"],
    ["https://relay.example/duet/", "https://relay.example/duet"],
    ["http://[::1]:8153", "http://[::1]:8153"],
  ])("%s", (text, url) => {
    expect(connectRelay({ url: text }).url).toBe(url);
  });

  test.each([
    "relay.example",
    "ftp://relay.example",
    "https://user:pass@relay.example",
    "https://relay.example/?a",
    "https://relay.example/#a",
    "",
  ])("%j is none", (text) => {
    expect(() => parseRelayUrl(text)).toThrowError(expect.objectContaining({ code: "usage" }));
  });
});
