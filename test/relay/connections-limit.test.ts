import { once } from "node:events";
import { Server, connect, type Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { defaultConnectionLimits } from "../../src/relay/connections.js";
import type { RelayLogger } from "../../src/relay/index.js";
import { certificate } from "../client/certificate.js";
import { startRelay } from "./support.js";

/** A connection that says nothing yet. */
function knock(port: number, localAddress: string): Socket {
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  socket.on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Whether it is answered, or dropped. */
async function isServed(socket: Socket): Promise<boolean> {
  const ended = once(socket, "close").then(() => false);
  const answered = once(socket, "data").then(() => true);
  socket.write("GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  return Promise.race([ended, answered]);
}

test("a second error of the listening server is logged, and does not end the process", async () => {
  const listening = vi.spyOn(Server.prototype, "listen");
  onTestFinished(() => listening.mockRestore());
  const messages: string[] = [];
  const quiet = (): void => undefined;
  const logger: RelayLogger = { info: quiet, warn: quiet, error: (_fields, message) => void messages.push(message) };
  const { at } = await startRelay({ logger });
  // The relay's server is the one that listened.
  const server = listening.mock.contexts[0] as Server;
  for (let times = 0; times < 2; times += 1) server.emit("error", new Error("accept EMFILE"));
  expect(messages).toEqual(Array(2).fill("a connection could not be accepted"));
  expect((await at("127.0.0.1").get("/health")).status).toBe(200);
});

describe("connections are bounded", () => {
  test("of one address: the newest is dropped, others come in, and one that ends makes room", async () => {
    const { relay } = await startRelay({ connections: { perAddress: 2 } });
    const held = [knock(relay.port, "127.0.0.1"), knock(relay.port, "127.0.0.1")];
    for (const socket of held) expect(await isServed(socket)).toBe(true);
    expect(await isServed(knock(relay.port, "127.0.0.1"))).toBe(false);
    expect(await isServed(knock(relay.port, "127.0.0.2"))).toBe(true);
    held[0]?.destroy();
    await expect.poll(() => isServed(knock(relay.port, "127.0.0.1"))).toBe(true);
  });

  test("of one address over TLS before any handshake", async () => {
    const { cert, key } = certificate();
    const { relay } = await startRelay({ tls: { cert, key }, connections: { perAddress: 1 } });
    const first = tlsConnect({ port: relay.port, host: "127.0.0.1", ca: cert, servername: "localhost" });
    first.on("error", () => undefined);
    onTestFinished(() => void first.destroy());
    await once(first, "secureConnect");
    await once(knock(relay.port, "127.0.0.1"), "close");
    expect(await isServed(first)).toBe(true);
  });

  test("in all, whoever comes", async () => {
    const { relay } = await startRelay({ connections: { inAll: 1 } });
    expect(await isServed(knock(relay.port, "127.0.0.1"))).toBe(true);
    expect(await isServed(knock(relay.port, "127.0.0.2"))).toBe(false);
  });

  test("but not those of a configured proxy, behind which many people are", async () => {
    const { relay } = await startRelay({ connections: { perAddress: 1 }, trustProxy: ["127.0.0.3"] });
    for (let count = 0; count < 3; count += 1) expect(await isServed(knock(relay.port, "127.0.0.3"))).toBe(true);
  });

  const table = (soft: string): string =>
    `Limit  Soft Limit  Hard Limit\nMax open files            ${soft}  4096  files\n`;

  test.each([
    ["a usual limit", () => table("1024"), { inAll: 512, perAddress: 128 }],
    ["a small one", () => table("20"), { inAll: 16, perAddress: 4 }],
    ["a large one", () => table("1048576"), { inAll: 20_000, perAddress: 1024 }],
    ["none", () => table("unlimited"), { inAll: 20_000, perAddress: 1024 }],
    ["a table without it", () => "", { inAll: 5120, perAddress: 1024 }],
    [
      "no table",
      () => {
        throw new Error("ENOENT");
      },
      { inAll: 5120, perAddress: 1024 },
    ],
  ])("by default to half of what the process may open: %s", (_what, readTable, limits) => {
    expect(defaultConnectionLimits(readTable)).toEqual(limits);
  });

  test("by default to what this machine gives", () => {
    expect(defaultConnectionLimits().inAll).toBeGreaterThanOrEqual(16);
  });
});
