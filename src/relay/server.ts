import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { randomUUID } from "node:crypto";
import { DuetError } from "../protocol/problem.js";
import { type ConnectionLimits, limitConnections } from "./connections.js";
import { BODY_MAX_BYTES } from "./http/body.js";
import { LatestAnswers, rawAnswer, refuseConnection } from "./http/client-errors.js";
import type { RequestHandler } from "./http/handler.js";
import type { RelayOptions, Timeouts } from "./options.js";

/** URLs, the uuid, a trace id: far below. Node's own default, kept here so that it is one of ours. */
const HEADERS_MAX_BYTES = 16 * 1024;
/** How often slow requests are looked for: at most this late. */
const CHECK_MS = 1000;

/** How often a closing server looks for connections that have become idle. */
const IDLE_SWEEP_MS = 20;

/** A listening HTTP server, and the way to end it. */
export interface HttpListener {
  readonly port: number;
  readonly url: string;
  close(graceMs: number): Promise<void>;
}

/** What bounds the connections of a server. */
export interface ListenLimits {
  readonly timeouts: Timeouts;
  readonly connections: ConnectionLimits;
  /** Whether many people may be behind an address. */
  readonly isProxy: (address: string) => boolean;
}

/** Listens, hands every request to the handler, and answers what is no request. */
export async function listen(
  handler: RequestHandler,
  options: RelayOptions,
  { timeouts, connections, isProxy }: ListenLimits,
): Promise<HttpListener> {
  const host = options.host ?? "127.0.0.1";
  const server = createHttpServer(options, timeouts);
  limitConnections(server, connections, isProxy);
  const answers = new LatestAnswers();
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    answers.add(request, response);
    handler.handle(request, response).catch(() => response.destroy());
  };
  server.on("request", onRequest);
  server.on("checkContinue", (request, response) => {
    // While an earlier answer of the connection is open, Node 20 would write this into the middle of our own.
    const isNext = response.socket !== null;
    if (isNext && Number(request.headers["content-length"] ?? 0) <= BODY_MAX_BYTES) response.writeContinue();
    onRequest(request, response);
  });
  server.on("checkExpectation", onRequest);
  server.on("clientError", (error, socket) => refuseConnection(error, socket, answers, randomUUID()));
  server.on("connect", (_request: IncomingMessage, socket: Duplex) => {
    socket.on("error", () => undefined);
    socket.end(
      rawAnswer(new DuetError("method_not_allowed"), randomUUID(), { Allow: "GET, HEAD, POST, OPTIONS" }),
      () => socket.destroy(),
    );
  });
  server.listen({ port: options.port ?? 0, host });
  await new Promise<void>((resolve, reject) => server.once("listening", resolve).once("error", reject));
  // Without a listener one failed accept, for want of descriptors, would end the process.
  server.on("error", (error) => options.logger?.error({ err: error }, "a connection could not be accepted"));
  // A server that listens has an address with a port.
  const { port } = server.address() as AddressInfo;
  const scheme = options.tls === undefined ? "http" : "https";
  const url = `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return { port, url, close: (graceMs) => closeServer(server, graceMs) };
}

function createHttpServer({ tls }: RelayOptions, timeouts: Timeouts): Server {
  const options = {
    maxHeaderSize: HEADERS_MAX_BYTES,
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    connectionsCheckingInterval: CHECK_MS,
    // Ours refuses it with problem details; Node's own answer has no body.
    requireHostHeader: false,
    noDelay: true,
  };
  const server =
    tls === undefined
      ? createServer(options)
      : createTlsServer({ ...options, ...tls, handshakeTimeout: timeouts.headersMs });
  return server.setTimeout(timeouts.idleMs);
}

/** New connections are refused, idle ones ended as soon as they are idle; open answers have `graceMs`. */
async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  // A connection whose answer was on its way becomes idle later, and would stay until its keep-alive ends.
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
