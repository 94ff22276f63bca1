import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { after, test } from "node:test";
import { DuetProblem, newUuid, Relay, takeSeat } from "../src/index.js";
import { fetchFrom, relayUrl } from "./relay-process.js";

const url = await relayUrl();
const relay = new Relay({ url });

/** A server in the place of a relay. */
async function insteadOfRelay(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { readonly port: number }).port}`;
}

const answer = (
  status: number,
  body: object,
): Parameters<RequestListener>[1] extends infer Response ? (response: Response) => void : never => {
  const text = JSON.stringify(body);
  return (response) => response.writeHead(status, { "Content-Type": "application/json" }).end(text);
};

const problemBody = (code: string, more: object = {}): object => ({
  ...{ type: `/problems#${code}`, title: code, status: 503, detail: code, success: false, request_id: "r" },
  ...{ code, message: `it is ${code}`, hint: "do something" },
  ...more,
});

test("an unknown channel, bad input and a wrong uuid have code, message, hint and status", async () => {
  const seat = await takeSeat(relay);
  const problemFor = async (call: Promise<unknown>): Promise<DuetProblem> => {
    const error: unknown = await call.then(
      () => assert.fail("it was answered"),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof DuetProblem);
    assert.ok(error.hint.length > 0);
    assert.equal(error.problem?.status, error.status);
    return error;
  };
  const unknown = await problemFor(
    relay.get("/channel/{channel}", {
      path: {
        channel: `no-${newUuid()
          .toLowerCase()
          .replaceAll(/[^a-z]/g, "x")}`,
      },
    }),
  );
  assert.deepEqual([unknown.code, unknown.status], ["unknown_channel", 404]);
  const bad = await problemFor(relay.get("/channel/{channel}", { path: { channel: "Not A Name" } }));
  assert.deepEqual([bad.code, bad.status], ["bad_request", 400]);
  assert.deepEqual(bad.problem?.issues?.[0]?.path, ["channel"]);
  const wrong = relay.post("/sender/{channel}/open", { path: { channel: seat.channel }, uuid: newUuid() });
  assert.deepEqual([(await problemFor(wrong)).code, (await problemFor(wrong)).status], ["not_yours", 403]);
  await seat.close();
});

test("a third address hears that the channel is full", async () => {
  const sender = await takeSeat(relay);
  await sender.post("/channel/{channel}", { body: { x: "x", curve: "p557" } });
  const at = (address: string): Relay => new Relay({ url, fetch: fetchFrom(address) });
  await takeSeat(at("127.0.0.2"), { role: "recipient", channel: sender.channel });
  await assert.rejects(at("127.0.0.3").get("/channel/{channel}", { path: { channel: sender.channel } }), {
    name: "DuetProblem",
    code: "channel_full",
    message: "channel is full",
    status: 403,
  });
  await sender.close();
});

test("a relay that is away is relay_unreachable, with what the system says", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  server.close();
  const away = new Relay({ url: `http://127.0.0.1:${port}`, retryMs: 0 });
  await assert.rejects(away.get("/health"), {
    code: "relay_unreachable",
    message: "the relay cannot be reached (ECONNREFUSED)",
    hint: "Check the address and the network.",
    status: undefined,
  });
});

test("a lost connection and a relay that is starting are tried again, and the call has its answer", async () => {
  let calls = 0;
  const restarting = await insteadOfRelay((request, response) => {
    calls++;
    if (calls === 1) request.socket.destroy();
    else if (calls === 2) answer(503, problemBody("shutting_down"))(response);
    else answer(200, { success: true, message: "fine", version: "1" })(response);
  });
  assert.equal((await new Relay({ url: restarting }).get("/health")).message, "fine");
  assert.equal(calls, 3);
});

test("what was refused is not tried again", async () => {
  let calls = 0;
  const refusing = await insteadOfRelay((_request, response) => {
    calls++;
    answer(403, problemBody("not_yours"))(response);
  });
  await assert.rejects(new Relay({ url: refusing }).get("/health"), { code: "not_yours", message: "it is not_yours" });
  assert.equal(calls, 1);
});

test("Retry-After is kept to: a call that would come too late is not made", async () => {
  let calls = 0;
  const busy = await insteadOfRelay((_request, response) => {
    calls++;
    answer(429, problemBody("rate_limited", { retry_after: 60 }))(response);
  });
  await assert.rejects(new Relay({ url: busy }).get("/health"), { code: "rate_limited" });
  assert.equal(calls, 1);
});

test("a server that is no relay is told from one that is away", async () => {
  const page = await insteadOfRelay((_request, response) => response.end("<html>"));
  await assert.rejects(new Relay({ url: page }).get("/health"), { code: "relay_refused" });
  const moved = await insteadOfRelay((_request, response) => response.writeHead(302, { Location: "/login" }).end());
  await assert.rejects(new Relay({ url: moved }).get("/health"), { code: "relay_refused" });
  const proxy = await insteadOfRelay((_request, response) => response.writeHead(502).end("Bad Gateway"));
  await assert.rejects(new Relay({ url: proxy, retryMs: 0 }).get("/health"), { code: "relay_unreachable" });
});

test("an answer that does not come is given up after the time for it, and wait is added to that", async () => {
  const times: number[] = [];
  const silent = await insteadOfRelay(() => {});
  const impatient = new Relay({ url: silent, retryMs: 0, answerMs: 50 });
  for (const wait of [0, 1]) {
    const start = performance.now();
    await assert.rejects(impatient.get("/channel/{channel}", { path: { channel: "a" }, query: { wait } }), {
      code: "relay_unreachable",
      message: "the relay does not answer",
    });
    times.push(performance.now() - start);
  }
  assert.ok(times[1]! >= 1000, `gave up after ${times[1]} ms`);
});

test("a signal ends a call, and its reason is thrown", async () => {
  const silent = await insteadOfRelay(() => {});
  const giveUp = new AbortController();
  const call = new Relay({ url: silent }).get("/health", { signal: giveUp.signal });
  giveUp.abort(new Error("enough"));
  await assert.rejects(call, { message: "enough" });
});

test("the uuid goes into the header and nowhere else", async () => {
  const seen: string[] = [];
  const recorder = await insteadOfRelay((request, response) => {
    seen.push(`${request.url} ${request.headers.authorization}`);
    answer(200, { success: true, message: "fine" })(response);
  });
  const mine = new Relay({ url: recorder, uuid: "m".repeat(22) });
  await mine.get("/channel/{channel}", { path: { channel: "a b/c" } });
  await mine.get("/channel/{channel}", { path: { channel: "a" }, uuid: "t".repeat(22), query: { wait: 3, round: 2 } });
  assert.deepEqual(seen, [
    `/channel/a%20b%2Fc Bearer ${"m".repeat(22)}`,
    `/channel/a?wait=3&round=2 Bearer ${"t".repeat(22)}`,
  ]);
});
