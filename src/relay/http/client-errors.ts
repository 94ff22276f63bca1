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

/** The answers that each connection still owes. */
export class OpenAnswers {
  readonly #bySocket = new WeakMap<Duplex, Set<ServerResponse>>();

  add(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const open = this.#bySocket.get(socket) ?? new Set();
    this.#bySocket.set(socket, open.add(response));
    response.once("close", () => open.delete(response));
  }

  of(socket: Duplex): readonly ServerResponse[] {
    return [...(this.#bySocket.get(socket) ?? [])];
  }
}

/**
 * Answers what is not a request with problem details, and cuts the line. Requests that came whole before it on the
 * same connection get their own answers first.
 */
export function refuseConnection(
  error: Error & { readonly code?: string },
  socket: Duplex,
  answers: OpenAnswers,
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
  const [last] = answers.of(socket).slice(-1);
  if (last?.req.complete === true) last.once("close", refuse);
  else refuse();
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
