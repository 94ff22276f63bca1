import type { AnyTRPCRouter } from "@trpc/server";
import { nodeHTTPRequestHandler } from "@trpc/server/adapters/node-http";
import { DuetError } from "../../protocol/problem.js";
import { drain, readBody } from "./body.js";
import { type Exchange, sendEmpty } from "./respond.js";

/** A page that asks for everything at once asks for less. */
const BATCH_MAX_CALLS = 10;

const METHODS = "GET, POST, OPTIONS";

/** How many calls a request to a tRPC router carries; for the rate limit. */
export function callsOf({ path, query }: Exchange): number {
  const isBatch = new URLSearchParams(query).get("batch") === "1";
  return isBatch ? Math.min(path.split(/,|%2c/i).length, BATCH_MAX_CALLS) : 1;
}

/**
 * Serves a tRPC router by tRPC's own handler: batches and server-sent events come from there. The body is read by
 * us, so that its limits are those of REST.
 *
 * @param prefix where the router is mounted, with the slash behind it
 * @throws DuetError for what tRPC need not see
 */
export async function serveTrpc(
  exchange: Exchange,
  prefix: string,
  router: AnyTRPCRouter,
  context: object,
  onError: (error: unknown) => void,
): Promise<void> {
  const { request, response, headers, path } = exchange;
  if (request.method !== "GET" && request.method !== "POST") {
    headers["Allow"] = METHODS;
    if (request.method !== "OPTIONS") throw new DuetError("method_not_allowed", { extensions: { allow: METHODS } });
    sendEmpty(exchange, 204);
    return;
  }
  // tRPC's handler takes a body that somebody has read from `request.body`.
  const req = request.method === "POST" ? Object.assign(request, { body: await readBody(request) }) : request;
  drain(request);
  const { Vary: vary, ...own } = headers;
  response.setHeaders(new Map(Object.entries(own).map(([name, value]) => [name, String(value)])));
  await nodeHTTPRequestHandler({
    router,
    req,
    res: response,
    path: path.slice(prefix.length),
    createContext: () => Promise.resolve(context),
    maxBatchSize: BATCH_MAX_CALLS,
    onError: ({ error }) => onError(error),
    responseMeta: ({ info }) => {
      // tRPC sets these two itself; where it cannot tell which procedure is meant, it sends its JSON as text.
      const added = new Headers(info === undefined ? { "content-type": "application/json" } : {});
      if (vary !== undefined) added.append("vary", String(vary));
      return { headers: added };
    },
  });
}
