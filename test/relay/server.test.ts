import { request as tlsRequest } from "node:https";
import { connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { MemoryStore } from "../../src/channel/memory-store.js";
import type { Stored } from "../../src/channel/store.js";
import type { ChannelName } from "../../src/protocol/names.js";
import { createLogger, createRelay } from "../../src/relay/index.js";
import { certificate } from "../client/certificate.js";
import { bearer, startRelay } from "./support.js";

const HERE = "127.0.0.1";
const S = "sender-uuid-0123456789";

test("a relay speaks TLS with the certificate it is given", async () => {
  const { cert, key } = certificate();
  const { relay } = await startRelay({ tls: { cert, key } });
  expect(relay.url).toBe(`https://127.0.0.1:${relay.port}`);
  const status = await new Promise((resolve, reject) => {
    tlsRequest(`${relay.url}/health`, { ca: cert }, (answer) => resolve(answer.statusCode))
      .on("error", reject)
      .end();
  });
  expect(status).toBe(200);
});

test("a relay listens where it is told, on IPv6 too, and says so", async () => {
  const { relay } = await startRelay({ host: "::1" });
  expect(relay.url).toBe(`http://[::1]:${relay.port}`);
  expect((await fetch(`${relay.url}/health`)).status).toBe(200);
  await expect(createRelay({ version: "0", host: "::1", port: relay.port })).rejects.toMatchObject({
    code: "EADDRINUSE",
  });
});

describe("closing", () => {
  test("ends idle connections at once, and then nothing listens", async () => {
    const { relay, at } = await startRelay();
    await at(HERE).get("/health");
    await relay.close();
    await expect(at(HERE).get("/health")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("a request on an open connection is 503 shutting_down, and the last one", async () => {
    const { relay } = await startRelay();
    const socket = connect(relay.port, HERE);
    onTestFinished(() => void socket.destroy());
    let text = "";
    const closed = new Promise((resolve) => socket.once("close", resolve));
    const began = new Promise<void>((resolve) => socket.once("connect", resolve));
    socket.on("data", (data: Buffer) => (text += data.toString()));
    await began;
    // Half a request keeps the connection from being idle.
    socket.write("GET /health HTTP/1.1\r\nHost: x\r\n");
    await expect.poll(async () => (await fetch(`${relay.url}/health`)).status).toBe(200);
    const ended = relay.close({ graceMs: 10_000 });
    socket.write("\r\n");
    await closed;
    await ended;
    expect(text).toMatch(/^HTTP\/1.1 503 /);
    expect(text).toMatch(/^Connection: close/im);
    expect(text).toContain('"code":"shutting_down"');
  });

  test("what does not end is cut when the grace is over", async () => {
    const { relay } = await startRelay();
    const socket = connect(relay.port, HERE);
    socket.on("error", () => undefined);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    socket.write("GET /health HTTP/1.1\r\nHost: x\r\n");
    await expect.poll(async () => (await fetch(`${relay.url}/health`)).status).toBe(200);
    await relay.close({ graceMs: 50 });
    await closed;
  });

  test("leaves a store that it was given open", async () => {
    const store = new MemoryStore({ now: Date.now });
    onTestFinished(() => store.close());
    const { relay, at } = await startRelay({ store });
    await at(HERE).post("/open", { channel: "4821" });
    await relay.close();
    expect((await store.read("4821" as ChannelName))?.channel.name).toBe("4821");
  });
});

describe("a store that is away", () => {
  test("is 503 store_unavailable, and health says so", async () => {
    const store = new MemoryStore({ now: Date.now });
    const { at } = await startRelay({ store });
    await store.close();
    for (const [method, path] of [
      ["GET", "/health"],
      ["POST", "/open"],
      ["GET", "/channel/4821"],
      ["GET", "/channel/4821?wait=5"],
    ] as const) {
      const answer = await at(HERE).call(method, path);
      expect(answer).toMatchObject({ status: 503, body: { code: "store_unavailable" } });
      expect(answer.headers["retry-after"]).toBeDefined();
    }
  });

  test("a store that breaks in another way is 500, without a word of why", async () => {
    class Broken extends MemoryStore {
      override read(): Promise<never> {
        return Promise.reject(new Error("password of the database: hunter2"));
      }
    }
    const lines: string[] = [];
    const logger = await createLogger({ level: "info", write: (line) => lines.push(line) });
    const { at } = await startRelay({ store: new Broken({ now: Date.now }), logger });
    const answer = await at(HERE).get("/channel/4821", { "X-Request-Id": "broken" });
    expect(answer).toMatchObject({ status: 500, body: { code: "internal", message: "the relay failed" } });
    expect(answer.text).not.toContain("hunter2");
    const trpc = await at(HERE).get("/trpc/getChannel?input=%7B%22channel%22%3A%224821%22%7D");
    expect(trpc).toMatchObject({
      status: 500,
      body: { error: { message: "the relay failed", data: { duet: { code: "internal" } } } },
    });
    expect(trpc.text).not.toContain("hunter2");
    expect(lines.filter((line) => line.includes("hunter2") && line.includes('"request_id":"broken"'))).toHaveLength(1);
  });

  /** Somebody else is always faster. */
  class Contended extends MemoryStore {
    conflicts = 0;
    constructor(options: { readonly conflicts: number }) {
      super({ now: Date.now });
      this.conflicts = options.conflicts;
    }
    override compareAndSet(
      ...args: Parameters<MemoryStore["compareAndSet"]>
    ): ReturnType<MemoryStore["compareAndSet"]> {
      this.conflicts -= 1;
      return this.conflicts >= 0 ? Promise.resolve(undefined) : super.compareAndSet(...args);
    }
    override create(...args: Parameters<MemoryStore["create"]>): Promise<Stored | "taken" | "too_many"> {
      this.conflicts -= 1;
      return this.conflicts >= 0 ? Promise.resolve("taken") : super.create(...args);
    }
  }

  test("a conflict is tried again, but not for ever", async () => {
    const few = await startRelay({ store: new Contended({ conflicts: 3 }) });
    expect((await few.at(HERE).post("/open", { channel: "4821" }, bearer(S))).status).toBe(200);
    const many = await startRelay({ store: new Contended({ conflicts: 1000 }) });
    expect(await many.at(HERE).post("/open", { channel: "4821" }, bearer(S))).toMatchObject({
      status: 503,
      body: { code: "store_unavailable" },
    });
  });
});

describe("the log", () => {
  test("has a line for every request, and nothing that is a secret or somebody's words", async () => {
    const lines: string[] = [];
    const logger = await createLogger({ level: "info", write: (line) => lines.push(line) });
    const { relay, at } = await startRelay({ logger });
    const peer = at(HERE);
    await peer.post("/open", { channel: "4821", uuid: S });
    await peer.post("/channel/4821", { x: "the-share", curve: "p557", uuid: S });
    await peer.post("/sender/4821/h_k", { h_k: "the-h_k" }, bearer(S));
    await peer.get("/close/4821?reason=because-of-me", bearer(S));
    await peer.get(`/${"long".repeat(200)}?secret=1`);
    await relay.close();
    const text = lines.join("");
    expect(lines).toHaveLength(5);
    expect(lines.map((line) => JSON.parse(line) as object)[0]).toMatchObject({
      method: "POST",
      path: "/open",
      status: 200,
      ms: expect.any(Number) as number,
      request_id: expect.any(String) as string,
    });
    for (const secret of [S, "Bearer", "the-share", "the-h_k", "because-of-me", "secret=1", "long".repeat(100)])
      expect(text).not.toContain(secret);
  });

  test("shows no secret that comes into it by accident", async () => {
    const lines: string[] = [];
    const logger = await createLogger({ level: "info", write: (line) => lines.push(line) });
    logger.warn(
      { uuid: S, req: { headers: { authorization: `Bearer ${S}` } }, channel: { sender: { uuid: S }, hK: S } },
      "oops",
    );
    expect(lines.join("")).not.toContain(S);
    expect(lines.join("")).toContain("[secret]");
  });

  test("goes to standard error without a place of its own", async () => {
    const logger = await createLogger({ level: "silent" });
    expect(() => logger.info({}, "nobody sees this")).not.toThrow();
  });
});
