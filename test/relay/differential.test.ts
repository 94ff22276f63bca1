import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createOpenApiNodeHttpHandler } from "trpc-openapi";
import { describe, expect, onTestFinished, test } from "vitest";
import { MemoryStore } from "../../src/channel/memory-store.js";
import { createCall } from "../../src/relay/call.js";
import { Channels } from "../../src/relay/channels.js";
import { identityOf } from "../../src/relay/http/identity.js";
import { Proxies } from "../../src/relay/http/proxies.js";
import { publicRouter } from "../../src/relay/router.js";
import { DEFAULT_WAITER_LIMITS, Waiters } from "../../src/relay/waiters.js";
import { STAPLER_PORT, peerAt, startRelay, type Peer } from "./support.js";

/*
 * REST is served by our own binding; the package that makes the document has handlers too. Where both get a good
 * request they must answer alike. Where the package's is known to be wrong, a test says how: when it fails, upstream
 * has healed, and our own binding may have become unnecessary.
 */

const NOW = Date.parse("2030-01-01T00:00:00Z");
const clock = (): number => NOW;
const random = (length: number): Uint8Array => new Uint8Array(length).fill(3);

/** The package's handler, on the same router, with the same kind of services. */
async function startTheirs(): Promise<(address: string) => Peer> {
  const store = new MemoryStore({ now: clock });
  const waiters = new Waiters(DEFAULT_WAITER_LIMITS);
  const services = {
    channels: new Channels({ store, now: clock, maxOpenPerAddress: 50, waiters }),
    staplerFor: () => ({ host: null, port: STAPLER_PORT, websocket_url: null }),
    policy: { identity: "any", addresses: "strict" } as const,
    random,
    facts: {
      version: "0.0.0",
      notice: undefined,
      limits: {
        requestsPerMinute: null,
        burst: null,
        channelsPerAddress: 50,
        waitersPerChannel: 32,
        waitersPerAddress: null,
      },
    },
  };
  const proxies = new Proxies([]);
  const handler = createOpenApiNodeHttpHandler({
    router: publicRouter,
    createContext: ({ req }) => Promise.resolve(createCall(services, identityOf(req, proxies))),
  });
  const server = createServer((request, response) => void handler(request, response));
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await store.close();
  });
  const { port } = server.address() as AddressInfo;
  return (address) => peerAt(address, port);
}

/** Both, in the same state. */
async function startBoth() {
  const ours = await startRelay({ clock, random });
  return { ours: (address: string) => ours.at(address), theirs: await startTheirs() };
}

const SENDER = "127.0.0.1";
const RECIPIENT = "127.0.0.2";
const S = "sender-uuid-0123456789";
const R = "recipient-uuid-0123456";
const asSender = { Authorization: `Bearer ${S}` };
const asRecipient = { Authorization: `Bearer ${R}` };

/** Every route, in an order in which every call succeeds. */
const exchange = [
  [SENDER, "GET", "/health", {}],
  [SENDER, "POST", "/open", { headers: asSender, body: { channel: "4821", role: "sender" } }],
  [SENDER, "POST", "/channel/4821", { headers: asSender, body: { x: "x", curve: "p557", round: 1, more: true } }],
  [RECIPIENT, "POST", "/open", { body: { channel: "4821", role: "recipient", uuid: R } }],
  [RECIPIENT, "GET", "/channel/4821?round=1", { headers: asRecipient }],
  [RECIPIENT, "POST", "/channel/4821", { body: { uuid: R, y: "y", hh_k: "hh" } }],
  [SENDER, "GET", "/sender/4821/y?wait=1&round=1", { headers: asSender }],
  [SENDER, "POST", "/sender/4821/h_k", { headers: asSender, body: { h_k: "h" } }],
  [RECIPIENT, "GET", "/recipient/4821/h_k", { headers: asRecipient }],
  [SENDER, "GET", "/sender/4821/open", { headers: asSender }],
  [SENDER, "POST", "/sender/4821/open", { headers: asSender, body: {} }],
  [RECIPIENT, "GET", "/recipient/4821/open", { headers: asRecipient }],
  [RECIPIENT, "POST", "/recipient/4821/open", { headers: asRecipient, body: {} }],
  [SENDER, "GET", "/sender/4821/isready", { headers: asSender }],
  [RECIPIENT, "GET", "/close/4821?reason=done", { headers: asRecipient }],
  [SENDER, "POST", "/close/4821", { headers: asSender, body: { reason: "failed" } }],
] as const;

test("the good paths: our binding and the package's answer alike", async () => {
  const { ours, theirs } = await startBoth();
  const called = new Set<string>();
  for (const [address, method, path, options] of exchange) {
    const mine = await ours(address).call(method, path, options);
    const reference = await theirs(address).call(method, path, options);
    expect(mine.status, `${method} ${path} ${mine.text}`).toBe(200);
    expect(reference).toMatchObject({ status: 200, body: mine.body });
    expect(mine.body).toEqual(reference.body);
    expect(mine.headers["content-type"]).toBe(reference.headers["content-type"]);
    called.add(`${method} ${path.replace(/\?.*/, "").replace("4821", "{channel}")}`);
  }
  expect(called.size).toBe(14);
});

describe("where the package's handler is wrong (a failure here means that upstream has healed)", () => {
  test("a body with a charset is dropped", async () => {
    const { ours, theirs } = await startBoth();
    const options = { raw: '{"channel":"4821"}', headers: { "Content-Type": "application/json; charset=utf-8" } };
    expect((await ours(SENDER).call("POST", "/open", options)).body.channel).toBe("4821");
    expect((await theirs(SENDER).call("POST", "/open", options)).body.channel).not.toBe("4821");
  });

  test("path parameters are not decoded", async () => {
    const { ours, theirs } = await startBoth();
    for (const at of [ours, theirs]) await at(SENDER).post("/open", { channel: "a-b", uuid: S });
    expect((await ours(SENDER).get("/sender/%61%2Db/isready", asSender)).status).toBe(200);
    expect(
      (await theirs(SENDER).call("GET", "/sender/%61%2Db/isready", { headers: asSender, undocumented: true })).status,
    ).toBe(400);
  });

  test("a path is the same in another case and with a slash behind it", async () => {
    const { ours, theirs } = await startBoth();
    expect((await ours(SENDER).get("/HEALTH/")).status).toBe(404);
    expect((await theirs(SENDER).get("/HEALTH/")).status).toBe(200);
  });

  test("an error of ours is a 500", async () => {
    const { ours, theirs } = await startBoth();
    expect((await ours(SENDER).get("/channel/4821")).status).toBe(404);
    expect((await theirs(SENDER).call("GET", "/channel/4821", { undocumented: true })).status).toBe(500);
  });

  test("the first REST call makes the schemas take text for numbers, in tRPC too", async () => {
    const { ours, theirs } = await startBoth();
    const options = { body: { x: "x", curve: "p557", round: "1" }, headers: asSender };
    for (const at of [ours, theirs]) await at(SENDER).post("/open", { channel: "4821" }, asSender);
    // Theirs ran in this process, and changed the schema that ours validates with.
    expect((await ours(SENDER).call("POST", "/channel/4821", options)).status).toBe(200);
  });
});
