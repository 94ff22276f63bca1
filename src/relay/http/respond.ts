import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { type DuetError, httpStatus } from "../../protocol/problem.js";
import { errorShape, problemDocument } from "../errors.js";
import { drain } from "./body.js";

/** One request on its way to its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** The path, without the query. */
  readonly path: string;
  /** What stands after the `?`, without it. */
  readonly query: string;
  /** The headers of the answer so far. One `writeHead` with all of them costs half of as many `setHeader`. */
  readonly headers: OutgoingHttpHeaders;
}

/** An answer of a step: `success` is in the body already. */
export function sendJson(
  { request, response, headers }: Exchange,
  status: number,
  body: unknown,
  type = "application/json",
): void {
  const text = JSON.stringify(body);
  headers["Content-Type"] = type;
  headers["Content-Length"] = Buffer.byteLength(text);
  response.writeHead(status, headers);
  drain(request);
  // As text it leaves in one write with the headers. Node leaves it away when the method is HEAD.
  response.end(text);
}

/** An answer without a body. */
export function sendEmpty({ request, response, headers }: Exchange, status: number): void {
  response.writeHead(status, headers);
  drain(request);
  response.end();
}

/** A refusal: problem details, with the headers that go with the code. */
export function sendProblem(exchange: Exchange, problem: DuetError): void {
  const document = problemDocument(problem, exchange.requestId);
  refuse(exchange, problem, document, "application/problem+json");
}

/** The same for a client of tRPC, which reads errors of its own form only. */
export function sendTrpcError(exchange: Exchange, problem: DuetError): void {
  refuse(exchange, problem, { error: errorShape(problem, undefined) }, "application/json");
}

function refuse(exchange: Exchange, { code, extensions }: DuetError, body: object, type: string): void {
  const { response, headers } = exchange;
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const status = httpStatus(code);
  const { retry_after: retryAfter } = extensions;
  if (typeof retryAfter === "number") headers["Retry-After"] = retryAfter;
  else if (status === 429 || status === 503) headers["Retry-After"] = RETRY_AFTER_SECONDS;
  sendJson(exchange, status, body, type);
}

/** Where the relay does not know when it will have room again. */
const RETRY_AFTER_SECONDS = 5;
