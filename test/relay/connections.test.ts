import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { startRelay } from "./support.js";

const HERE = "127.0.0.1";

/** Sends bytes and gives all that comes back until the relay ends the connection. */
function talk(port: number, text: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, HERE);
    let answer = "";
    socket.on("data", (data: Buffer) => (answer += data.toString("latin1")));
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
    socket.write(text);
  });
}

describe("what is not a request is told so", () => {
  test.each([
    ["garbage", "garbage\r\n\r\n", 400, "bad_request"],
    ["a bad version", "GET /health HTTP/9.9\r\nHost: x\r\n\r\n", 400, "bad_request"],
    ["no Host", "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n", 400, "bad_request"],
    [
      "headers without end",
      `GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(20_000)}\r\n\r\n`,
      431,
      "headers_too_large",
    ],
    [
      "two lengths",
      "POST /open HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
      400,
      "bad_request",
    ],
    [
      "a length and chunks",
      "POST /open HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
      "bad_request",
    ],
    [
      "a bad chunk",
      "POST /open HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      400,
      "bad_request",
    ],
    ["CONNECT", "CONNECT relay:443 HTTP/1.1\r\nHost: relay\r\n\r\n", 405, "method_not_allowed"],
  ])("%s", async (_what, text, status, code) => {
    const { relay } = await startRelay();
    const answer = await talk(relay.port, text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain("application/problem+json");
    expect(answer).toContain(`"code":"${code}"`);
    expect(answer).toMatch(/X-Request-Id: [\w-]{36}/i);
  });

  test("a target without a path is no route", async () => {
    const { relay } = await startRelay();
    expect(await talk(relay.port, "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).toMatch(
      /^HTTP\/1.1 404 /,
    );
    expect(await talk(relay.port, "GET /docs/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).toMatch(
      /^HTTP\/1.1 308 /,
    );
  });

  test("requests before it on the same connection keep their answers", async () => {
    const { relay } = await startRelay();
    const answer = await talk(relay.port, "GET /health HTTP/1.1\r\nHost: x\r\n\r\ngarbage\r\n\r\n");
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 400"]);
  });

  test("a target with the host in front, an unknown expectation and an upgrade are served", async () => {
    const { relay } = await startRelay();
    const lines = ["Host: x", "Connection: close"];
    for (const [target, extra] of [
      ["http://relay/health", "X: y"],
      ["/health", "Expect: wonders"],
      ["/health", "Upgrade: websocket"],
    ]) {
      expect(await talk(relay.port, `GET ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n${extra}\r\n\r\n`)).toMatch(
        /^HTTP\/1.1 200 /,
      );
    }
  });

  test("who asks whether to continue is not told to send what is too large", async () => {
    const { relay } = await startRelay();
    const head = (length: number) =>
      `POST /open HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`;
    expect(await talk(relay.port, `${head(2)}{}`)).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 /);
    expect(await talk(relay.port, head(1_000_000))).toMatch(/^HTTP\/1.1 413 /);
  });

  test("who asks so behind another request gets whole answers, in order", async () => {
    const { relay } = await startRelay();
    const ask = "PUT /open HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}";
    const answer = await talk(relay.port, `GET /health HTTP/1.1\r\nHost: x\r\n\r\n${ask}`);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 405"]);
  });

  test("an endless body is answered, and its line cut", async () => {
    const { relay } = await startRelay();
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(relay.port, HERE);
      let text = "";
      const more = (): void => {
        while (socket.writable && socket.write(`4000\r\n${"x".repeat(0x4000)}\r\n`));
      };
      socket.on("data", (data: Buffer) => (text += data.toString()));
      socket.on("drain", more);
      socket.on("error", () => undefined);
      socket.on("close", () => resolve(text));
      socket.write(
        "POST /open HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
      );
      more();
    });
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });
});

describe("slow clients", () => {
  test.each([
    ["request", ""],
    ["header", "GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: "],
    ["body", "POST /open HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"],
  ])("a %s that does not end is 408, and the line is cut", async (_what, text) => {
    const { relay } = await startRelay({ timeouts: { headersMs: 200, requestMs: 300 } });
    const answer = await talk(relay.port, text);
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(answer).toContain('"code":"request_timeout"');
  });

  test("a connection on which nothing moves is cut", async () => {
    const { at } = await startRelay({ timeouts: { idleMs: 100 } });
    await expect(at(HERE).get("/channel/4821?wait=30")).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  test("a connection that is reset leaves nothing behind", async () => {
    const world = await startRelay();
    const socket = connect(world.relay.port, HERE);
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    socket.write("POST /open HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{");
    await world.at(HERE).get("/health");
    socket.resetAndDestroy();
    expect((await world.at(HERE).get("/health")).status).toBe(200);
  });

  test("an idle connection is ended", async () => {
    const { relay } = await startRelay({ timeouts: { keepAliveMs: 50 } });
    expect(await talk(relay.port, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n")).toMatch(/^HTTP\/1.1 200 /);
  });
});
