import { STATUS_CODES, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { DuetError, type ProblemCode } from "../../protocol/problem.js";
import { problemDocument } from "../errors.js";

/** What Node's HTTP parser and its clock refuse. Everything else is not HTTP. */
const CODES: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: "headers_too_large",
  ERR_HTTP_REQUEST_TIMEOUT: "request_timeout",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "too_large",
};

/** The latest request of each connection, by its answer. */
export class LatestAnswers {
  readonly #bySocket = new WeakMap<Duplex, ServerResponse>();

  add(request: IncomingMessage, response: ServerResponse): void {
    this.#bySocket.set(request.socket, response);
  }

  /** The latest answer of a connection if its request came whole, and the answer has not gone out yet. */
  owedOn(socket: Duplex): ServerResponse | undefined {
    const latest = this.#bySocket.get(socket);
    return latest?.req.complete === true && !latest.writableFinished ? latest : undefined;
  }
}

/**
 * Answers what is not a request with problem details, and cuts the line. Requests that came whole before it on the
 * same connection get their own answers first.
 */
export function refuseConnection(
  error: Error & { readonly code?: string },
  socket: Duplex,
  answers: LatestAnswers,
  requestId: string,
): void {
  const known = CODES[String(error.code)];
  const problem =
    known === undefined ? new DuetError("bad_request", { message: "this is not HTTP" }) : new DuetError(known);
  // A reset, a TLS alert: nobody is there.
  if (error.code === "ECONNRESET" || error.code === "EPIPE" || !socket.writable) {
    socket.destroy(error);
    return;
  }
  const refuse = (): unknown => socket.end(rawAnswer(problem, requestId), () => socket.destroy());
  const owed = answers.owedOn(socket);
  if (owed === undefined) refuse();
  else owed.once("close", refuse);
}

/** An answer for a connection on which there is no request to answer. */
export function rawAnswer(
  problem: DuetError,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): string {
  const document = problemDocument(problem, requestId);
  const body = JSON.stringify(document);
  const lines = [
    `HTTP/1.1 ${document.status} ${STATUS_CODES[document.status]}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Cache-Control: no-store",
    `X-Request-Id: ${requestId}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    "Connection: close",
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}
