import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { DuetError } from "../../protocol/problem.js";
import { createCall, type Identity, type Services } from "../call.js";
import { isFault, problemFrom } from "../errors.js";
import { internalRouter, type InternalServices } from "../internal/router.js";
import type { RelayLogger } from "../log.js";
import { publicRouter } from "../router.js";
import { sameSecret } from "../secrets.js";
import { identityOf } from "./identity.js";
import type { Proxies } from "./proxies.js";
import type { RateLimiter } from "./rate-limit.js";
import { type Exchange, sendProblem, sendTrpcError } from "./respond.js";
import { serveRest } from "./rest.js";
import type { RouteTable } from "./routes.js";
import type { StaticPages } from "./static.js";
import { callsOf, serveTrpc } from "./trpc-mount.js";

const TRPC = "/trpc/";
const INTERNAL = "/internal/trpc/";
const HEALTH = "/health";
/** What a caller may choose as the id of its request: it comes back in headers and stands in logs. */
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,64}$/;

/** What the handler works with. */
export interface HandlerOptions {
  readonly services: Services;
  readonly internal: InternalServices;
  readonly routes: RouteTable;
  readonly pages: StaticPages;
  readonly proxies: Proxies;
  /** See `identityOf`. */
  readonly ownHosts: ReadonlySet<string>;
  readonly limiter: RateLimiter | undefined;
  readonly cors: (exchange: Exchange) => void;
  readonly accessToken: string | undefined;
  readonly staplerSecret: string | undefined;
  readonly logger: RelayLogger | undefined;
  readonly isClosing: () => boolean;
}

/** Everything between Node's HTTP parser and the steps. Never throws: whatever happens has an answer. */
export class RequestHandler {
  readonly #options: HandlerOptions;

  constructor(options: HandlerOptions) {
    this.#options = options;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = exchangeOf(request, response);
    this.#log(exchange);
    this.#options.cors(exchange);
    try {
      await this.#route(exchange);
    } catch (error) {
      const problem = problemFrom(error);
      this.#report(exchange, problem);
      if (isForTrpc(exchange.path)) sendTrpcError(exchange, problem);
      else sendProblem(exchange, problem);
    }
  }

  async #route(exchange: Exchange): Promise<void> {
    const { request, path } = exchange;
    if (this.#options.isClosing()) {
      exchange.headers["Connection"] = "close";
      throw new DuetError("shutting_down");
    }
    if (request.headers.host === undefined && request.httpVersion === "1.1")
      throw new DuetError("bad_request", { message: "no Host header" });
    if (path.startsWith(INTERNAL) && this.#options.staplerSecret !== undefined)
      return this.#serveInternal(exchange, this.#options.staplerSecret);
    const { routes, pages, proxies, ownHosts, services } = this.#options;
    const identity = identityOf(request, proxies, ownHosts);
    await this.#count(exchange, identity);
    const match = routes.find(path);
    if (match === undefined && !path.startsWith(TRPC)) return pages.serve(exchange);
    if (path !== HEALTH && request.method !== "OPTIONS") this.#checkAccess(request);
    const call = createCall(services, identity);
    if (match === undefined)
      return serveTrpc(exchange, TRPC, publicRouter, call, (error) => this.#report(exchange, problemFrom(error)));
    return serveRest(exchange, match, call);
  }

  /** @throws DuetError `rate_limited` */
  async #count(exchange: Exchange, { address }: Identity): Promise<void> {
    const { limiter } = this.#options;
    if (limiter === undefined) return;
    const quota = await limiter.count(address, exchange.path.startsWith(TRPC) ? callsOf(exchange) : 1);
    if (quota.isExceeded || exchange.request.method === "POST") limiter.announce(exchange.headers, quota);
    if (quota.isExceeded) throw limiter.refusal(quota);
  }

  #checkAccess({ headers }: IncomingMessage): void {
    const { accessToken } = this.#options;
    if (accessToken !== undefined && !sameSecret([headers["x-duet-access-token"]].flat()[0], accessToken))
      throw new DuetError("access_token");
  }

  async #serveInternal(exchange: Exchange, secret: string): Promise<void> {
    const given = /^Bearer +(.+)$/i.exec(exchange.request.headers.authorization ?? "")?.[1];
    if (!sameSecret(given, secret))
      throw new DuetError("not_yours", {
        message: "not a stapler of this relay",
        hint: "Set the same DUET_STAPLER_SECRET on both.",
      });
    await serveTrpc(exchange, INTERNAL, internalRouter, this.#options.internal, (error) =>
      this.#report(exchange, problemFrom(error)),
    );
  }

  /** Only what is the relay's fault is an error of the relay. */
  #report({ requestId, response }: Exchange, problem: DuetError): void {
    if (isFault(problem) && !response.destroyed)
      this.#options.logger?.error({ request_id: requestId, err: problem.cause ?? problem }, "a request failed");
  }

  /** Path and status; no query, no header, no body: those carry capabilities and other people's words. */
  #log({ request, response, requestId, path }: Exchange): void {
    const { logger } = this.#options;
    if (logger === undefined) return;
    const started = performance.now();
    response.once("close", () => {
      const ms = Math.round(performance.now() - started);
      logger.info(
        { request_id: requestId, method: request.method, path: path.slice(0, 128), status: response.statusCode, ms },
        "request",
      );
    });
  }
}

/** A request id that the caller chose, if it is one, or a new one. */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && REQUEST_ID.test(given) ? given : randomUUID();
}

function exchangeOf(request: IncomingMessage, response: ServerResponse): Exchange {
  const target = targetOf(request);
  const at = target.indexOf("?");
  const path = at === -1 ? target : target.slice(0, at);
  const requestId = requestIdOf(request);
  const headers = {
    "X-Request-Id": requestId,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
  };
  return { request, response, requestId, path, query: at === -1 ? "" : target.slice(at + 1), headers };
}

/** A proxy's form of the target has the host in front: `GET http://relay/open HTTP/1.1`. */
function targetOf(request: IncomingMessage): string {
  const target = String(request.url);
  return target.startsWith("/") ? target : target.replace(/^https?:\/\/[^/?]*/i, "");
}

function isForTrpc(path: string): boolean {
  return path.startsWith(TRPC) || path.startsWith(INTERNAL);
}
