import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { isLostConnection, dialStapler, staplerTarget } from "../../../src/client/node/stapler-dial.js";
import { type TestServer, tcpServer, transcriptOf } from "../servers.js";

const HELLO = "duet/1 sender 4821 c2VuZGVyLXNlY3JldC0xMg 4PZ2ALX8Z9zQvDuu3VWPbhkO0HHc9Y3Ocz2BtqLIhSE\n";

/** A stapler that is a script: the first connection, and what the test makes of it. */
async function stapler(): Promise<TestServer & { readonly socket: Promise<Socket> }> {
  let accepted: (socket: Socket) => void = () => {};
  const socket = new Promise<Socket>((resolve) => (accepted = resolve));
  const server = await tcpServer((connection) => accepted(connection));
  return Object.assign(server, { socket });
}

function dial(port: number, options: { answerTimeoutMs?: number; signal?: AbortSignal } = {}) {
  return dialStapler({ host: "127.0.0.1", port, family: 4 }, { signal: new AbortController().signal, ...options });
}

async function read(stream: { readFully(target: Uint8Array): Promise<number> }, length: number): Promise<string> {
  const target = new Uint8Array(length);
  return Buffer.from(target.subarray(0, await stream.readFully(target))).toString("latin1");
}

describe("the hello line and its answers", () => {
  test("nothing is sent before the hello line is said, and what is written at once follows it", async () => {
    await using server = await stapler();
    const dialled = dial(server.port);
    await dialled.connected;
    const socket = await server.socket;
    expect(socket.bytesRead).toBe(0);
    const first = once(socket, "data");
    const stream = dialled.greet(HELLO);
    await stream.write([Buffer.from("first "), new Uint8Array(0), Buffer.from("record")]);
    const [data] = (await first) as [Buffer];
    expect(data.toString("latin1")).toBe(`${HELLO}first record`);
    stream.destroy();
    await stream.closed;
  });

  test.each(["127.0.0.1", "::1"])("the way that the bytes take is told as an address (%s)", async (host) => {
    await using server = await tcpServer(() => {}, 0, host);
    const dialled = dialStapler({ host, port: server.port }, { signal: new AbortController().signal });
    await dialled.connected;
    const stream = dialled.greet(HELLO);
    const address = host === "::1" ? `[::1]:${server.port}` : `127.0.0.1:${server.port}`;
    expect(stream.via).toEqual({ kind: "stapler", address });
    stream.destroy();
    await stream.closed;
  });

  test.each([
    ["in one piece", ["waiting\nstapled\nhello"]],
    ["byte by byte", "waiting\nstapled\nhello".split("")],
    ["without waiting", ["stapled\n", "hello"]],
  ])("the peer's bytes begin behind `stapled`, %s", async (_how, pieces) => {
    await using server = await stapler();
    const stream = dial(server.port).greet(HELLO);
    const socket = await server.socket;
    for (const piece of pieces) {
      await new Promise<void>((resolve) => socket.write(piece, "latin1", () => resolve()));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await read(stream, 5)).toBe("hello");
    stream.destroy();
  });

  test.each([
    ["error replaced a newer connection took this place\n", "replaced", "a newer connection took this place"],
    ["waiting\nerror round_over\n", "round_over", "this round is over"],
    ["error timeout \u001b[31mred\u001b[0m\n", "timeout", "[31mred[0m"],
    ["error never_heard_of try\n", "unavailable", "try"],
    [
      "HTTP/1.1 400 Bad Request\r\n\r\n",
      "stapler_unreachable",
      "what answers at the stapler's address is not a stapler",
    ],
    [`${"x".repeat(600)}\n`, "stapler_unreachable", "what answers at the stapler's address is not a stapler"],
  ])("%j is told to who reads and to who writes", async (answer, code, message) => {
    await using server = await stapler();
    const stream = dial(server.port).greet(HELLO);
    (await server.socket).write(answer, "latin1");
    await expect(read(stream, 1)).rejects.toMatchObject({ code, message });
    await stream.closed;
    await expect(stream.write([Buffer.from("more")])).rejects.toMatchObject({ code });
    await expect(stream.end()).rejects.toMatchObject({ code });
    await expect(read(stream, 1)).rejects.toMatchObject({ code });
  });

  test("a stapler that goes away before `stapled` is a lost connection", async () => {
    await using server = await stapler();
    const stream = dial(server.port).greet(HELLO);
    (await server.socket).end("waiting\n");
    const error: unknown = await read(stream, 1).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: "connection_lost" });
    expect(isLostConnection(error)).toBe(true);
  });

  test("a stapler that answers nothing is given up", async () => {
    await using server = await stapler();
    const stream = dial(server.port, { answerTimeoutMs: 20 }).greet(HELLO);
    await expect(read(stream, 1)).rejects.toMatchObject({
      code: "stapler_unreachable",
      message: "the stapler does not answer",
    });
    await stream.closed;
  });
});

describe("dialling", () => {
  test("a port that nobody listens on is stapler_unreachable", async () => {
    const server = await stapler();
    await server[Symbol.asyncDispose]();
    const dialled = dial(server.port);
    await expect(dialled.connected).rejects.toMatchObject({ code: "stapler_unreachable" });
    expect(dialled.isUsable).toBe(false);
  });

  test("a dial that is not needed leaves nothing behind", async () => {
    await using server = await stapler();
    const dialled = dial(server.port);
    await dialled.connected;
    const socket = await server.socket;
    const ended = once(socket.resume(), "end");
    dialled.cancel();
    await ended;
    expect(dialled.isUsable).toBe(false);
  });

  test("the signal ends a silent dial, not a stream that was handed out", async () => {
    await using server = await stapler();
    const over = new AbortController();
    const silent = dial(server.port, { signal: over.signal });
    const spoken = dial(server.port, { signal: over.signal });
    await Promise.all([silent.connected, spoken.connected]);
    const stream = spoken.greet(HELLO);
    over.abort();
    expect([silent.isUsable, spoken.isUsable]).toEqual([false, true]);
    stream.destroy();
    await expect(dial(server.port, { signal: over.signal }).connected).rejects.toMatchObject({
      code: "stapler_unreachable",
    });
  });

  test.each([
    [
      "of the relay, in its address and family",
      null,
      { address: "::1", family: 6 },
      { host: "::1", port: 8154, family: 6 },
    ],
    [
      "that is named, in the relay's family",
      "stapler.example",
      { address: "192.0.2.1", family: 4 },
      { host: "stapler.example", port: 8154, family: 4 },
    ],
    ["of the relay by its name, before it has answered", null, undefined, { host: "2001:db8::1", port: 8154 }],
    [
      "that is named, before the relay has answered",
      "stapler.example",
      undefined,
      { host: "stapler.example", port: 8154 },
    ],
  ] as const)("the address is the one %s", (_which, host, remote, expected) => {
    expect(
      staplerTarget({ host, port: 8154, websocket_url: null }, remote, new URL("http://[2001:db8::1]:8153")),
    ).toEqual(expected);
  });
});

describe("the bytes of the peer", () => {
  async function stapled(): Promise<{
    server: Awaited<ReturnType<typeof stapler>>;
    socket: Socket;
    stream: ReturnType<ReturnType<typeof dial>["greet"]>;
  }> {
    const server = await stapler();
    const dialled = dial(server.port);
    await dialled.connected;
    const stream = dialled.greet(HELLO);
    const socket = await server.socket;
    socket.write("stapled\n");
    return { server, socket, stream };
  }

  test("reads of every size give the same bytes in the same order", async () => {
    const { server, socket, stream } = await stapled();
    await using _server = server;
    const bytes = Buffer.alloc(3_000_000);
    for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 31) ^ (i >> 8) ^ (i >> 16);
    socket.end(bytes);
    const parts: Uint8Array[] = [];
    for (const size of [1, 3, 100_000, 1, 0, 65_536, 16_384, 16_383, 1_048_592, 7, 500_000]) {
      const part = new Uint8Array(size);
      expect(await stream.readFully(part)).toBe(size);
      parts.push(part);
    }
    const rest = new Uint8Array(bytes.length);
    const length = await stream.readFully(rest);
    parts.push(rest.subarray(0, length));
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
    expect(await stream.readFully(new Uint8Array(10))).toBe(0);
    stream.destroy();
  });

  test("the end of the peer's side gives fewer bytes, and this side can still write", async () => {
    const { server, socket, stream } = await stapled();
    await using _server = server;
    const seen = transcriptOf(socket);
    socket.end("abc");
    expect(await read(stream, 10)).toBe("abc");
    await stream.write([Buffer.from("still here")]);
    await stream.end();
    await seen.until("still here");
    await stream.closed;
  });

  test("a broken connection rejects who waits", async () => {
    const { server, socket, stream } = await stapled();
    await using _server = server;
    const waiting = read(stream, 10);
    await once(socket, "data");
    socket.resetAndDestroy();
    await expect(waiting).rejects.toMatchObject({ code: "connection_lost" });
    await expect(stream.write([new Uint8Array(1)])).rejects.toMatchObject({ code: "connection_lost" });
  });

  test("dropping it rejects who waits, and doing so twice is fine", async () => {
    const { server, stream } = await stapled();
    await using _server = server;
    const waiting = read(stream, 10);
    stream.destroy();
    stream.destroy();
    await expect(waiting).rejects.toMatchObject({ code: "connection_lost" });
    await stream.closed;
  });

  test("a write waits as long as the peer reads nothing, and the memory of a stopped reader stays bounded", async () => {
    const { server, socket, stream } = await stapled();
    await using _server = server;
    socket.pause();
    const part = new Uint8Array(1 << 20);
    let written = 0;
    const writing = (async () => {
      for (; written < 64; written++) await stream.write([part]);
    })();
    const before = await settled(() => written);
    expect(before).toBeLessThan(64);
    socket.resume();
    await writing;
    stream.destroy();
  });

  test("a reader that stops stops the peer", async () => {
    const { server, socket, stream } = await stapled();
    await using _server = server;
    const part = Buffer.alloc(1 << 20);
    for (let i = 0; i < 64; i++) socket.write(part);
    const left = await settled(() => socket.writableLength);
    expect(left).toBeGreaterThan(0);
    const whole = new Uint8Array(64 << 20);
    expect(await stream.readFully(whole)).toBe(whole.length);
    stream.destroy();
  });

  test("one read at a time", async () => {
    const { server, stream } = await stapled();
    await using _server = server;
    const first = read(stream, 1);
    await expect(read(stream, 1)).rejects.toThrow("one read at a time");
    stream.destroy();
    await expect(first).rejects.toMatchObject({ code: "connection_lost" });
  });
});

/** Waits until a number has not changed for some turns of the event loop. */
async function settled(value: () => number): Promise<number> {
  let last = NaN;
  for (let same = 0; same < 50;) {
    await new Promise((resolve) => setImmediate(resolve));
    same = value() === last ? same + 1 : 0;
    last = value();
  }
  return last;
}
