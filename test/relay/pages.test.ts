import { describe, expect, test } from "vitest";
import { bearer, startRelay } from "./support.js";

/** Whose browser the pages use. */
const SENDER = "127.0.0.1";
const S = "sender-uuid-0123456789";
const R = "recipient-uuid-0123456";
const STRANGER = "stranger-uuid-01234567";

describe("pages and the address of their visitor", () => {
  test.each([
    ["Origin", { Origin: "https://evil.example" }],
    ["Origin null", { Origin: "null" }],
    ["only a Referer, of an image over plain HTTP", { Referer: "http://evil.example/page.html" }],
    ["a Referer that is no URL", { Referer: "about:client" }],
    [
      "no-referrer over plain HTTP",
      { "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101", "Accept-Language": "en" },
    ],
    ["Sec-Fetch-Site cross-site", { "Sec-Fetch-Site": "cross-site" }],
    ["Sec-Fetch-Site same-site", { "Sec-Fetch-Site": "same-site" }],
  ])("a page of another site (%s) cannot act for the address of its visitor", async (_what, headers) => {
    const world = await startRelay();
    await world.at(SENDER).post("/open", { channel: "4821" });
    await world.at(SENDER).post("/channel/4821", { x: "x", curve: "p557" });
    const paths = ["/sender/4821/y", "/channel/4821", "/close/4821", "/sender/4821/open"];
    for (const path of paths)
      expect(await world.at(SENDER).get(path, headers)).toMatchObject({ status: 403, body: { code: "not_yours" } });
    // The seat was not taken, nothing was closed.
    expect((await world.at(SENDER).get("/channel/4821")).status).toBe(200);
  });

  test("a page of the relay itself acts for the address", async () => {
    const world = await startRelay();
    const own = { "Sec-Fetch-Site": "same-origin", Origin: world.relay.url };
    await world.at(SENDER).post("/open", { channel: "4821" }, own);
    expect((await world.at(SENDER).post("/channel/4821", { x: "x", curve: "p557" }, own)).status).toBe(200);
  });

  /** What a browser sends with a page's own GET and POST, where Sec-Fetch-Site is not sent: over plain HTTP. */
  const pageOf = (host: string) => ({ Host: host, Origin: `http://${host}`, Referer: `http://${host}/docs` });

  test.each(["192.0.2.7:8153", "[2001:db8::7]:8153", "localhost:8153", "LocalHost", "relay.example:8153"])(
    "a page of the relay itself under %s acts for the address",
    async (host) => {
      const world = await startRelay({ publicHosts: ["Relay.Example"] });
      const own = pageOf(host);
      expect((await world.at(SENDER).post("/open", { channel: "4821" }, own)).status).toBe(200);
      expect((await world.at(SENDER).post("/channel/4821", { x: "x", curve: "p557" }, own)).status).toBe(200);
      const { Origin: _notSentWithGet, ...get } = own;
      expect((await world.at(SENDER).get("/sender/4821/y", get)).body.code).toBe("not_yet");
      expect((await world.at(SENDER).get("/close/4821", get)).status).toBe(200);
    },
  );

  test.each([
    ["Origin", pageOf("evil.example:8153")],
    ["a GET with a Referer", { Host: "evil.example:8153", Referer: "http://evil.example:8153/" }],
    ["Sec-Fetch-Site", { Host: "evil.example:8153", "Sec-Fetch-Site": "same-origin" }],
    ["a name that begins like an address", pageOf("192.0.2.7.evil.example")],
  ])("a page under a name that resolves to the relay (DNS rebinding, %s) is another site's", async (_what, headers) => {
    const world = await startRelay({ publicHosts: ["relay.example"] });
    await world.at(SENDER).post("/open", { channel: "4821" });
    await world.at(SENDER).post("/channel/4821", { x: "x", curve: "p557" });
    for (const path of ["/sender/4821/y", "/channel/4821", "/close/4821"])
      expect(await world.at(SENDER).get(path, headers)).toMatchObject({ status: 403, body: { code: "not_yours" } });
    expect((await world.at(SENDER).get("/channel/4821")).status).toBe(200);
  });

  test("a program that is no browser reaches the relay by any name, as in the seed", async () => {
    const world = await startRelay();
    const headers = { Host: "relay.example:8153", "User-Agent": "curl/8.5.0" };
    await world.at(SENDER).post("/open", { channel: "4821" }, headers);
    expect((await world.at(SENDER).post("/channel/4821", { x: "x", curve: "p557" }, headers)).status).toBe(200);
    const shell = { "User-Agent": "Mozilla/5.0 (Windows NT; Windows NT 10.0) WindowsPowerShell/5.1" };
    expect((await world.at(SENDER).get("/sender/4821/y", shell)).body.code).toBe("not_yet");
  });

  test("a page of another site opens no channel and takes no seat by a POST without a uuid", async () => {
    const world = await startRelay();
    const visitor = world.at(SENDER);
    for (const headers of [{ Origin: "https://evil.example" }, pageOf("evil.example:8153")]) {
      expect((await visitor.post("/open", undefined, headers)).body.code).toBe("not_yours");
      expect((await visitor.post("/trpc/openChannel", {}, headers)).text).toContain('"code":"not_yours"');
      expect(await visitor.post("/open", { channel: "4821" }, headers)).toMatchObject({ status: 403 });
    }
    await visitor.post("/open", { channel: "4821" }, bearer(S));
    await visitor.post("/channel/4821", { x: "x", curve: "p557" }, bearer(S));
    const recipient = { channel: "4821", role: "recipient" };
    expect(await visitor.post("/open", recipient, { Origin: "https://evil.example" })).toMatchObject({
      status: 403,
      body: { code: "not_yours" },
    });
    // With a uuid it is a page that the relay's CORS let in.
    const listed = { Origin: "https://app.example" };
    expect((await visitor.post("/open", {}, { ...listed, ...bearer(STRANGER) })).status).toBe(200);
    expect((await visitor.post("/open", { ...recipient, uuid: R }, listed)).status).toBe(200);
  });

  test("a proxy that is not configured is no other site: a channel opens through it, with a uuid and without", async () => {
    const world = await startRelay();
    const proxy = world.at("127.0.0.3");
    const through = { "X-Forwarded-For": "192.0.2.1" };
    expect((await proxy.post("/open", { uuid: S }, through)).status).toBe(200);
    expect((await proxy.post("/open", {}, through)).status).toBe(200);
  });
});
