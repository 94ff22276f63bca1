import { describe, expect, test } from "vitest";
import { PROBLEMS } from "../../src/protocol/problem.js";
import { bearer, startRelay, type Answer } from "./support.js";

const HERE = "127.0.0.1";
const JSON_TYPE = { "Content-Type": "application/json" };
const S = "sender-uuid-0123456789";

function expectProblem(answer: Answer, status: number, code: string): void {
  expect(answer).toMatchObject({ status, body: { status, code, success: false } });
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect(answer.headers["cache-control"]).toBe("no-store");
  expect(answer.headers["x-request-id"]).toBe(answer.body.request_id);
  expect(answer.text).not.toMatch(/\bat .*\.[jt]s|node_modules|stack|Zod|TRPC/);
}

describe("every refusal is problem details", () => {
  test.each([
    ["no JSON", "{", JSON_TYPE, 400, "bad_json"],
    ["an array", "[]", JSON_TYPE, 400, "bad_json"],
    ["null", "null", JSON_TYPE, 400, "bad_json"],
    ["a byte order mark", "\uFEFF{}", JSON_TYPE, 400, "bad_json"],
    ["bytes that are not UTF-8", Buffer.from('{"channel":"\xff"}', "latin1"), JSON_TYPE, 400, "bad_json"],
    ["deep nesting", "[".repeat(16_000), JSON_TYPE, 400, "bad_json"],
    ["a deep field", `{"channel":${"[".repeat(8000)}${"]".repeat(8000)}}`, JSON_TYPE, 400, "bad_request"],
    ["a wrong type", '{"channel":4821}', JSON_TYPE, 400, "bad_request"],
    ["a bad name", '{"channel":"../x"}', JSON_TYPE, 400, "bad_request"],
    ["a bad role", '{"role":"admin"}', JSON_TYPE, 400, "bad_request"],
    ["a body of 16 KiB and one byte", `{"channel":"${"x".repeat(16 * 1024 - 13)}"}`, JSON_TYPE, 413, "too_large"],
    ["a form", "channel=4821", { "Content-Type": "application/x-www-form-urlencoded" }, 415, "unsupported_media_type"],
    ["text", "{}", { "Content-Type": "text/plain" }, 415, "unsupported_media_type"],
    ["another charset", "{}", { "Content-Type": "application/json; charset=latin1" }, 415, "unsupported_media_type"],
    ["a compressed body", "{}", { ...JSON_TYPE, "Content-Encoding": "gzip" }, 415, "unsupported_media_type"],
    ["no type", "{}", { "Content-Type": "" }, 415, "unsupported_media_type"],
  ] as const)("%s", async (_what, raw, headers, status, code) => {
    const peer = (await startRelay()).at(HERE);
    expectProblem(await peer.call("POST", "/open", { raw, headers }), status, code);
  });

  test.each([
    ["GET", "/nothing", 404, "unknown_route"],
    ["GET", "/channel", 404, "unknown_route"],
    ["GET", "/channel/", 404, "unknown_route"],
    ["GET", "/channel/4821/", 404, "unknown_route"],
    ["GET", "/channel/%", 400, "bad_request"],
    ["GET", "/channel/%FF", 400, "bad_request"],
    ["GET", "/channel/a%2Fb", 400, "bad_request"],
    ["GET", "/channel/%00", 400, "bad_request"],
    ["GET", `/channel/${"x".repeat(65)}`, 400, "bad_request"],
    ["GET", "/channel/4821?round=0", 400, "bad_request"],
    ["GET", "/channel/4821?round=99999999999999999999", 400, "bad_request"],
    ["GET", "/channel/4821?round=1&round=1", 400, "bad_request"],
    ["GET", "/close/4821?reason=because", 400, "bad_request"],
    ["GET", "/channel/constructor", 404, "unknown_channel"],
    ["GET", "/channel/4821?__proto__=1&__proto__=2&constructor=3", 404, "unknown_channel"],
    ["PUT", "/open", 405, "method_not_allowed"],
    ["TRACE", "/open", 405, "method_not_allowed"],
    ["DELETE", "/channel/4821", 405, "method_not_allowed"],
    ["POST", "/docs", 405, "method_not_allowed"],
  ] as const)("%s %s is %i %s", async (method, path, status, code) => {
    const answer = await (await startRelay()).at(HERE).call(method, path);
    expectProblem(answer, status, code);
    expect(answer.headers.allow).toBe(answer.body["allow"]);
  });

  test("what must not be given together, and what is missing", async () => {
    const peer = (await startRelay()).at(HERE);
    for (const body of [
      {},
      { x: "x" },
      { curve: "p557" },
      { y: "y" },
      { hh_k: "h" },
      { x: "x", curve: "p557", y: "y" },
      { x: "x", curve: "p557", hh_k: "h" },
    ]) {
      expectProblem(await peer.post("/channel/4821", body), 400, "bad_request");
    }
    expectProblem(await peer.post("/sender/4821/h_k", {}), 400, "bad_request");
  });

  test("shares and hashes have their alphabets and lengths", async () => {
    const peer = (await startRelay()).at(HERE);
    const ok = { x: "x".repeat(4096), curve: "p557" };
    await peer.post("/open", { channel: "4821" });
    for (const bad of [
      { ...ok, x: "" },
      { ...ok, x: "x".repeat(4097) },
      { ...ok, x: "a b" },
      { ...ok, x: "é" },
      { ...ok, curve: "P557" },
      { ...ok, curve: "" },
      { ...ok, uuid: "short" },
    ]) {
      expectProblem(await peer.post("/channel/4821", bad), 400, "bad_request");
    }
    expectProblem(await peer.post("/sender/4821/h_k", { h_k: "a+b" }), 400, "bad_request");
    expect((await peer.post("/channel/4821", { ...ok, unknown: { deep: [] } })).status).toBe(200);
  });

  test("UTF-8 is also understood when it is named, and an empty body is an empty object", async () => {
    const peer = (await startRelay()).at(HERE);
    for (const type of ["application/json; charset=utf-8", 'Application/JSON;Charset="UTF-8"']) {
      expect((await peer.call("POST", "/open", { raw: "{}", headers: { "Content-Type": type } })).status).toBe(200);
    }
    expect((await peer.post("/open")).status).toBe(200);
  });

  test("the table of problems is served where `type` points", async () => {
    const peer = (await startRelay()).at(HERE);
    const { body } = await peer.get("/nothing");
    expect(body.type).toBe("/problems#unknown_route");
    const table = JSON.parse((await peer.get("/problems")).text) as { code: string; status: number; message: string }[];
    expect(table.find(({ code }) => code === "not_yet")).toMatchObject({
      status: 404,
      message: PROBLEMS.not_yet.message,
    });
  });
});

describe("HEAD and OPTIONS", () => {
  test("HEAD runs what changes nothing, without the body", async () => {
    const world = await startRelay();
    const peer = world.at(HERE);
    const head = await peer.call("HEAD", "/health");
    expect(head).toMatchObject({ status: 200, text: "" });
    expect(head.headers["content-length"]).toBe(String((await peer.get("/health")).text.length));
    await peer.post("/open", { channel: "4821" }, bearer(S));
    expect((await peer.call("HEAD", "/sender/4821/isready", { headers: bearer(S) })).status).toBe(200);
    expect((await peer.call("HEAD", "/docs")).status).toBe(200);
  });

  test.each(["/close/4821", "/channel/4821", "/sender/4821/open", "/recipient/4821/open"])(
    "HEAD %s runs nothing",
    async (path) => {
      const world = await startRelay();
      const peer = world.at(HERE);
      await peer.post("/open", { channel: "4821" }, bearer(S));
      await peer.post("/channel/4821", { x: "x", curve: "p557" }, bearer(S));
      const before = (await peer.get("/channel/4821", bearer(S))).body;
      const head = await peer.call("HEAD", path, { headers: bearer(S) });
      expect(head).toMatchObject({ status: 405, text: "" });
      expect(head.headers.allow).toContain("GET");
      expect((await world.at("127.0.0.2").call("HEAD", path)).status).toBe(405);
      expect((await peer.get("/channel/4821", bearer(S))).body).toEqual(before);
      expect((await world.at("127.0.0.2").get("/channel/4821")).body.uuid).toBeDefined();
    },
  );

  test("OPTIONS names the methods", async () => {
    const peer = (await startRelay()).at(HERE);
    for (const [path, allow] of [
      ["/open", "OPTIONS, POST"],
      ["/sender/4821/y", "GET, HEAD, OPTIONS"],
      ["/close/4821", "GET, OPTIONS, POST"],
      ["/docs", "GET, HEAD, OPTIONS"],
      ["/trpc/getY", "GET, POST, OPTIONS"],
    ] as const) {
      const answer = await peer.call("OPTIONS", path);
      expect(answer).toMatchObject({ status: 204, text: "", headers: { allow } });
      expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
    }
  });
});

describe("CORS", () => {
  const origin = "https://app.example";

  test("is off unless listed", async () => {
    for (const corsOrigins of [[], ["https://other.example"]]) {
      const peer = (await startRelay({ corsOrigins })).at(HERE);
      const answer = await peer.post("/open", {}, { Origin: origin });
      expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
      expect((await peer.get("/health")).headers["access-control-allow-origin"]).toBeUndefined();
    }
  });

  test("a listed origin may call and read, and a preflight needs no token", async () => {
    const world = await startRelay({ corsOrigins: [origin], accessToken: "token" });
    const preflight = await world
      .at(HERE)
      .call("OPTIONS", "/open", { headers: { Origin: origin, "Access-Control-Request-Method": "POST" } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers["access-control-allow-origin"]).toBe(origin);
    expect(preflight.headers["access-control-allow-headers"]).toContain("Authorization");
    const answer = await world.at(HERE).post("/open", {}, { Origin: origin, "X-Duet-Access-Token": "token" });
    expect(answer.headers).toMatchObject({ "access-control-allow-origin": origin, vary: "Origin" });
    expect(answer.headers["access-control-expose-headers"]).toContain("X-Request-Id");
    const overTrpc = await world.at(HERE).get("/trpc/health", { Origin: origin, "X-Duet-Access-Token": "token" });
    expect(overTrpc.headers).toMatchObject({
      "access-control-allow-origin": origin,
      vary: "trpc-accept, accept, Origin",
    });
  });

  test("even a listed origin does not act for the address of its visitor", async () => {
    const world = await startRelay({ corsOrigins: ["*"] });
    await world.at(HERE).post("/open", { channel: "4821" });
    expect(await world.at(HERE).get("/close/4821", { Origin: origin })).toMatchObject({
      status: 403,
      body: { code: "not_yours" },
    });
  });
});

test("X-Request-Id comes back if it is one, else there is a new one", async () => {
  const peer = (await startRelay()).at(HERE);
  expect((await peer.get("/health", { "X-Request-Id": "trace-1:a.b_c" })).headers["x-request-id"]).toBe(
    "trace-1:a.b_c",
  );
  expect((await peer.get("/nothing", { "X-Request-Id": "trace-2" })).body.request_id).toBe("trace-2");
  for (const bad of ["", "a b", "x".repeat(65), "<script>"]) {
    expect((await peer.get("/health", { "X-Request-Id": bad })).headers["x-request-id"]).toMatch(/^[\w-]{36}$/);
  }
});

test("a private relay wants its token on every call but health", async () => {
  const peer = (await startRelay({ accessToken: "the-token" })).at(HERE);
  const token = { "X-Duet-Access-Token": "the-token" };
  expect((await peer.get("/health")).status).toBe(200);
  for (const [method, path] of [
    ["POST", "/open"],
    ["GET", "/channel/4821"],
    ["GET", "/trpc/health"],
  ] as const) {
    for (const headers of [{}, { "X-Duet-Access-Token": "another" }, { "X-Duet-Access-Token": "" }]) {
      expect(await peer.call(method, path, { headers })).toMatchObject({ status: 403 });
    }
    expect((await peer.call(method, path, { headers: token })).status).not.toBe(403);
  }
  const document = JSON.parse((await peer.get("/openapi.json")).text) as { components: { securitySchemes: object } };
  expect(Object.keys(document.components.securitySchemes)).toEqual(["bearer", "accessToken"]);
});
