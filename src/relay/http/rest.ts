import type { IncomingMessage, ServerResponse } from "node:http";
import { callTRPCProcedure } from "@trpc/server";
import { DuetError } from "../../protocol/problem.js";
import type { Call } from "../call.js";
import { publicRouter } from "../router.js";
import { parseObject, readBody } from "./body.js";
import { type Exchange, sendEmpty, sendJson } from "./respond.js";
import type { Match, Route } from "./routes.js";

/**
 * What a POST may say in its query as well as in its body. Never the uuid: addresses of requests are logged by
 * proxies and kept by browsers.
 */
const QUERY_FIELDS_OF_POST: ReadonlySet<string> = new Set(["wait", "round", "reason"]);

/**
 * Serves a step over REST: finds the route of the method, gathers the input and calls the procedure, which validates
 * it. With a call that may wait goes a signal that tells when nobody waits any more.
 *
 * @throws DuetError, TRPCError
 */
export async function serveRest(exchange: Exchange, match: Match, call: Call): Promise<void> {
  const route = routeOf(exchange, match);
  if (route === undefined) {
    sendEmpty(exchange, 204);
    return;
  }
  const input = await inputOf(exchange, match, route);
  const answer: unknown = await callTRPCProcedure({
    router: publicRouter,
    path: route.procedure,
    type: route.type,
    getRawInput: () => Promise.resolve(input),
    ctx: call,
    signal: "wait" in input ? goneSignal(exchange.response) : undefined,
    batchIndex: 0,
  });
  sendJson(exchange, 200, answer);
}

/** Aborts when the client goes away before it has its answer. */
function goneSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

/** @returns undefined for OPTIONS. @throws DuetError `method_not_allowed` */
function routeOf({ request, headers }: Exchange, { routes }: Match): Route | undefined {
  const { method = "" } = request;
  const route = routes.methods.get(method === "HEAD" ? "GET" : method);
  if (route !== undefined && (method !== "HEAD" || route.isSafe)) return route;
  headers["Allow"] = routes.allow;
  if (method === "OPTIONS") return undefined;
  throw new DuetError("method_not_allowed", { extensions: { allow: routes.allow } });
}

async function inputOf({ request, query }: Exchange, match: Match, route: Route): Promise<Record<string, unknown>> {
  const fields = { ...preferred(request, route), ...queryFields(query, route) };
  const body = route.method === "POST" ? parseObject(await readBody(request)) : {};
  return { ...fields, ...body, ...decoded(match.parameters) };
}

/** RFC 7240: `Prefer: wait=N`. */
function preferred({ headers }: IncomingMessage, route: Route): Record<string, unknown> {
  if (!route.takesWait || headers["prefer"] === undefined) return {};
  const value = /(?:^|[,;\s])wait\s*=\s*("[^"]*"|[^",;\s]*)/i.exec([headers["prefer"]].flat().join(","))?.[1];
  return value === undefined ? {} : { wait: number(value.replaceAll('"', "")) };
}

function queryFields(query: string, route: Route): Record<string, unknown> {
  if (query === "") return {};
  const parameters = new URLSearchParams(query);
  const names = [...new Set(parameters.keys())].filter(
    (name) => route.method !== "POST" || QUERY_FIELDS_OF_POST.has(name),
  );
  return Object.fromEntries(names.map((name) => [name, valueOf(parameters.getAll(name), route.numbers.has(name))]));
}

/** Given twice it is a list, which no field is. */
function valueOf(values: readonly string[], isNumber: boolean): unknown {
  const [value = ""] = values;
  if (values.length > 1) return values;
  return isNumber ? number(value) : value;
}

/** What is not a plain decimal number stays text, and does not pass the schema. */
function number(text: string): number | string {
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

function decoded(parameters: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => {
      try {
        return [name, decodeURIComponent(value)];
      } catch {
        throw new DuetError("bad_request", {
          message: "the path is not valid",
          extensions: { issues: [{ path: [name], message: "not percent-encoded UTF-8" }] },
        });
      }
    }),
  );
}
