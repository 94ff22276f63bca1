import type { Exchange } from "./respond.js";

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
export function cors(origins: readonly string[]): (exchange: Exchange) => void {
  if (origins.length === 0) return () => undefined;
  const listed = new Set(origins);
  return ({ request, headers }) => {
    headers["Vary"] = "Origin";
    const { origin } = request.headers;
    if (origin === undefined || !(listed.has(origin) || listed.has("*"))) return;
    headers["Access-Control-Allow-Origin"] = origin;
    headers["Access-Control-Expose-Headers"] = ANSWER_HEADERS;
    if (request.method !== "OPTIONS") return;
    headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST";
    headers["Access-Control-Allow-Headers"] = REQUEST_HEADERS;
    headers["Access-Control-Max-Age"] = MAX_AGE_SECONDS;
  };
}
