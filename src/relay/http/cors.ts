import type { IncomingMessage, ServerResponse } from "node:http";

const REQUEST_HEADERS =
  "Authorization, Content-Type, Prefer, X-Request-Id, X-Duet-Access-Token, trpc-accept, Last-Event-ID";
const ANSWER_HEADERS = "X-Request-Id, Retry-After, RateLimit, RateLimit-Policy, Allow";
/** Browsers keep a preflight answer no longer than this anyway. */
const MAX_AGE_SECONDS = 7200;

/**
 * Lets pages of the listed origins call the relay; without a list, none. They are other sites all the same: their
 * requests are known by a uuid, never by an address.
 *
 * @param origins like `https://example.org`; `*` for all
 * @returns adds the headers to an answer
 */
export function cors(origins: readonly string[]): (request: IncomingMessage, response: ServerResponse) => void {
  if (origins.length === 0) return () => undefined;
  const listed = new Set(origins);
  return (request, response) => {
    response.setHeader("Vary", "Origin");
    const { origin } = request.headers;
    if (origin === undefined || !(listed.has(origin) || listed.has("*"))) return;
    response.setHeader("Access-Control-Allow-Origin", origin);
    response.setHeader("Access-Control-Expose-Headers", ANSWER_HEADERS);
    if (request.method !== "OPTIONS") return;
    response.setHeader("Access-Control-Allow-Methods", "GET, HEAD, POST");
    response.setHeader("Access-Control-Allow-Headers", REQUEST_HEADERS);
    response.setHeader("Access-Control-Max-Age", MAX_AGE_SECONDS);
  };
}
