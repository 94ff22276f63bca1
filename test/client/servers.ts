import { once } from "node:events";
import { type RequestListener, type Server as HttpServer, createServer as createHttpServer } from "node:http";
import { type AddressInfo, type Server, type Socket, createServer } from "node:net";

/** A server of one test on a free port of loopback, gone with the test. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Connections since the start. */
  connections(): number;
}

/** Accepts TCP connections and hands them to the test, half-open ones included. */
export async function tcpServer(accept: (socket: Socket) => void, port = 0, host?: string): Promise<TestServer> {
  return await listening(createServer({ allowHalfOpen: true, noDelay: true }, accept), port, host);
}

export async function httpServer(answer: RequestListener, port = 0): Promise<TestServer> {
  return await listening(createHttpServer(answer), port);
}

export async function listening(server: Server | HttpServer, port = 0, host = "127.0.0.1"): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen({ port, host });
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}`,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Everything that a socket receives, as text, up to now and on; `until` waits for a piece of it. */
export function transcriptOf(socket: Socket): { text(): string; until(piece: string): Promise<string> } {
  let text = "";
  const waiting = new Set<() => void>();
  socket.on("data", (data: Buffer) => {
    text += data.toString("latin1");
    for (const look of waiting) look();
  });
  return {
    text: () => text,
    until: (piece) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!text.includes(piece)) return;
          waiting.delete(look);
          resolve(text);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** A promise and what settles it. */
export function deferred<T = void>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let settle: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => (settle = resolve));
  return { promise, resolve: (value) => settle(value) };
}
