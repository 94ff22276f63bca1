import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type Socket, createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type RelayAgentOptions, inPreferredOrder } from "../../../src/client/node/http-agent.js";
import { ANSWER_MAX_BYTES, type HttpTransport, createHttpTransport } from "../../../src/client/node/http-fetch.js";
import { certificate } from "../certificate.js";
import { deferred, httpServer, listening, tcpServer } from "../servers.js";

const transports: HttpTransport[] = [];
afterEach(() => {
  for (const transport of transports.splice(0)) transport.close();
});

function transportTo(url: string, options: Partial<RelayAgentOptions> = {}): HttpTransport {
  const transport = createHttpTransport({ url: new URL(url), ...options });
  transports.push(transport);
  return transport;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const part of request) body += String(part);
  return body;
}

describe("calls", () => {
  test("carry method, headers and body, and bring status, headers and JSON", async () => {
    await using server = await httpServer((request, response) => {
      void bodyOf(request).then((body) => {
        response.writeHead(409, { "content-type": "application/json", "retry-after": "7" });
        response.end(
          JSON.stringify({
            method: request.method,
            url: request.url,
            body,
            authorization: request.headers.authorization,
            length: request.headers["content-length"],
          }),
        );
      });
    });
    const { fetch } = transportTo(server.url);
    const answer = await fetch(`${server.url}/trpc/openChannel?a=b`, {
      method: "POST",
      headers: { authorization: "Bearer u" },
      body: '{"ü":1}',
    });
    expect(answer).toMatchObject({ ok: false, status: 409 });
    expect(answer.headers.get("Retry-After")).toBe("7");
    expect(answer.headers.get("x-absent")).toBeNull();
    expect(await answer.json()).toEqual({
      method: "POST",
      url: "/trpc/openChannel?a=b",
      body: '{"ü":1}',
      authorization: "Bearer u",
      length: "8",
    });
  });

  test("share one connection", async () => {
    await using server = await httpServer((_request, response) => response.end("1"));
    const { fetch } = transportTo(server.url);
    for (let i = 0; i < 5; i++) expect((await fetch(server.url)).ok).toBe(true);
    expect(server.connections()).toBe(1);
  });

  test("do not stand behind a call that waits", async () => {
    let waiting: () => void = () => {};
    await using server = await httpServer((request, response) => {
      if (request.url === "/wait") waiting = () => response.end("late");
      else response.end("now");
    });
    const { fetch } = transportTo(server.url);
    const late = fetch(`${server.url}/wait`);
    expect((await fetch(`${server.url}/other`)).ok).toBe(true);
    waiting();
    expect((await late).ok).toBe(true);
    expect(server.connections()).toBe(2);
  });

  test("end when they are aborted, before and while the answer comes", async () => {
    let begun: (() => void) | undefined;
    await using server = await httpServer((request, response) => {
      if (request.url === "/half") response.write("{");
      begun?.();
    });
    const { fetch } = transportTo(server.url);
    for (const path of ["/silent", "/half"]) {
      const over = new AbortController();
      const reached = new Promise<void>((resolve) => (begun = resolve));
      const calling = fetch(server.url + path, { signal: over.signal });
      await reached;
      over.abort();
      await expect(calling).rejects.toMatchObject({ name: "AbortError" });
    }
  });

  test("bring an error when nobody listens, and when the answer breaks off", async () => {
    await using broken = await tcpServer((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"));
    await expect(transportTo(broken.url).fetch(broken.url)).rejects.toMatchObject({ code: "ECONNRESET" });
    const gone = await httpServer(() => {});
    await gone[Symbol.asyncDispose]();
    await expect(transportTo(gone.url).fetch(gone.url)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("refuse an answer that is too long to be a relay's", async () => {
    await using server = await httpServer((_request, response) => response.end("x".repeat(ANSWER_MAX_BYTES + 1)));
    await expect(transportTo(server.url).fetch(server.url)).rejects.toMatchObject({ code: "relay_refused" });
  });

  test("bring an error for JSON that is none", async () => {
    await using server = await httpServer((_request, response) => response.end("<html>"));
    const answer = await transportTo(server.url).fetch(server.url);
    await expect(answer.json()).rejects.toThrow(SyntaxError);
  });

  test("an answer without an end is handed out as it comes", async () => {
    await using server = await httpServer((_request, response) => void response.write("data: 1\n\n"));
    const answer = await transportTo(server.url).stream(server.url);
    const [first] = (await once(answer, "data")) as [Buffer];
    expect(first.toString()).toBe("data: 1\n\n");
    answer.destroy();
  });
});

describe("a kept connection", () => {
  test("that the relay let go of is made anew, without an error", async () => {
    const sockets: Socket[] = [];
    await using server = await tcpServer((socket) => {
      sockets.push(socket);
      let requests = 0;
      socket.on("data", () => {
        // The second request on a connection is met by a reset, as after an idle time-out.
        if (++requests === 2) socket.resetAndDestroy();
        else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
      });
    });
    const { fetch } = transportTo(server.url);
    expect((await fetch(server.url)).ok).toBe(true);
    expect((await fetch(server.url, { method: "POST", body: "{}" })).ok).toBe(true);
    expect(sockets).toHaveLength(2);
  });

  test("is ready before the first call, which then finds it", async () => {
    const asked: (string | undefined)[] = [];
    const answered = deferred();
    await using server = await httpServer((request, response) => {
      asked.push(request.url);
      response.end("1", answered.resolve);
    });
    const transport = transportTo(`${server.url}/base/`);
    transport.preconnect();
    await answered.promise;
    // The answer is on its way over loopback; the connection is free when it has been read.
    while (transport.remote() === undefined) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    await transport.fetch(`${server.url}/base/trpc`);
    expect(asked).toEqual(["/base/health", "/base/trpc"]);
    expect(server.connections()).toBe(1);
  });

  test("cannot be made to where nobody listens, which the call finds out", async () => {
    const gone = await httpServer(() => {});
    await gone[Symbol.asyncDispose]();
    const transport = transportTo(gone.url);
    transport.preconnect();
    await expect(transport.fetch(gone.url)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

describe("the address of the relay", () => {
  test("is known once it has answered", async () => {
    await using server = await httpServer((_request, response) => response.end("1"));
    const transport = transportTo(server.url);
    expect(transport.remote()).toBeUndefined();
    await transport.fetch(server.url);
    expect(transport.remote()).toEqual({ address: "127.0.0.1", family: 4 });
  });

  test("stays the same for a name that has several", async () => {
    await using server = await httpServer((_request, response) => response.end("1"));
    const url = `http://localhost:${server.port}`;
    const transport = transportTo(url);
    await transport.fetch(url);
    await transport.fetch(url);
    expect(transport.remote()?.address).toBe("127.0.0.1");
  });

  test("is reached from the own address that was asked for", async () => {
    let from: string | undefined;
    await using server = await httpServer((request, response) => {
      from = request.socket.remoteAddress;
      response.end("1");
    });
    await transportTo(server.url, { localAddress: "127.0.0.7" }).fetch(server.url);
    expect(from).toBe("127.0.0.7");
  });

  test("is found by its name from an own address too", async () => {
    await using server = await httpServer((_request, response) => response.end("1"));
    const url = `http://localhost:${server.port}`;
    expect((await transportTo(url, { localAddress: "127.0.0.7" }).fetch(url)).ok).toBe(true);
  });

  test("of several is the one that answered before, or one of its family", () => {
    const found = [
      { address: "2001:db8::1", family: 6 },
      { address: "192.0.2.1", family: 4 },
      { address: "192.0.2.2", family: 4 },
    ];
    const order = (address: string, family: 4 | 6): string[] =>
      inPreferredOrder(found, { address, family }).map((entry) => entry.address);
    expect(order("192.0.2.2", 4)).toEqual(["192.0.2.2", "192.0.2.1", "2001:db8::1"]);
    expect(order("192.0.2.9", 4)).toEqual(["192.0.2.1", "192.0.2.2", "2001:db8::1"]);
    expect(order("2001:db8::1", 6)).toEqual(["2001:db8::1", "192.0.2.1", "192.0.2.2"]);
    expect(inPreferredOrder(found, undefined)).toEqual(found);
    expect(inPreferredOrder(undefined, undefined)).toEqual([]);
  });

  test("a name that does not exist is an error", async () => {
    await expect(transportTo("http://relay.invalid").fetch("http://relay.invalid/")).rejects.toMatchObject({
      code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) as string,
    });
  });
});

describe("https", () => {
  test("trusts the authority that is given, and no other", async () => {
    const { cert, key } = certificate();
    await using server = await listening(createHttpsServer({ cert, key }, (_request, response) => response.end("1")));
    const url = `https://localhost:${server.port}`;
    const trusted = transportTo(url, { ca: cert });
    expect((await trusted.fetch(url)).ok).toBe(true);
    expect((await trusted.fetch(url)).ok).toBe(true);
    expect(server.connections()).toBe(1);
    await expect(transportTo(url).fetch(url)).rejects.toMatchObject({
      code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO_VERIFY/) as string,
    });
  });
});

test("a server that only accepts leaves the call to its signal", async () => {
  await using server = await listening(createServer());
  const over = new AbortController();
  const calling = transportTo(server.url).fetch(server.url, { signal: over.signal });
  over.abort();
  await expect(calling).rejects.toMatchObject({ name: "AbortError" });
});
