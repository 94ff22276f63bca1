import type { IncomingMessage, ServerResponse } from "node:http";
import type { DuetError } from "../../protocol/problem.js";
import { problemDocument } from "../errors.js";
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
}

/** An answer of a step: `success` is in the body already. */
export function sendJson(
  { request, response }: Exchange,
  status: number,
  body: unknown,
  type = "application/json",
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(text) });
  drain(request);
  // As text it leaves in one write with the headers. Node leaves it away when the method is HEAD.
  response.end(text);
}

/** An answer without a body. */
export function sendEmpty({ request, response }: Exchange, status: number): void {
  response.writeHead(status);
  drain(request);
  response.end();
}

/** A refusal: problem details, with the headers that go with the code. */
export function sendProblem(exchange: Exchange, problem: DuetError): void {
  const { response, requestId } = exchange;
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const document = problemDocument(problem, requestId);
  const { retry_after: retryAfter } = problem.extensions;
  if (typeof retryAfter === "number") response.setHeader("Retry-After", retryAfter);
  else if (document.status === 429 || document.status === 503) response.setHeader("Retry-After", RETRY_AFTER_SECONDS);
  sendJson(exchange, document.status, document, "application/problem+json");
}

/** Where the relay does not know when it will have room again. */
const RETRY_AFTER_SECONDS = 5;
