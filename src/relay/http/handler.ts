import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { DuetError } from "../../protocol/problem.js";
import { createCall, type Identity, type Services } from "../call.js";
import { isFault, problemFrom } from "../errors.js";
import { internalRouter, type InternalServices } from "../internal/router.js";
import type { RelayLogger } from "../log.js";
import { publicRouter } from "../router.js";
import { identityOf } from "./identity.js";
import type { Proxies } from "./proxies.js";
import type { RateLimiter } from "./rate-limit.js";
import { type Exchange, sendProblem } from "./respond.js";
import { serveRest } from "./rest.js";
import type { RouteTable } from "./routes.js";
import { sameSecret } from "./secrets.js";
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
  readonly limiter: RateLimiter | undefined;
  readonly cors: (request: IncomingMessage, response: ServerResponse) => void;
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
    setCommonHeaders(exchange);
    this.#options.cors(request, response);
    try {
      await this.#route(exchange);
    } catch (error) {
      const problem = problemFrom(error);
      this.#report(exchange, problem);
      sendProblem(exchange, problem);
    }
  }

  async #route(exchange: Exchange): Promise<void> {
    const { request, response, path } = exchange;
    if (this.#options.isClosing()) {
      response.setHeader("Connection", "close");
      throw new DuetError("shutting_down");
    }
    if (request.headers.host === undefined && request.httpVersion === "1.1")
      throw new DuetError("bad_request", { message: "no Host header" });
    if (path.startsWith(INTERNAL) && this.#options.staplerSecret !== undefined)
      return this.#serveInternal(exchange, this.#options.staplerSecret);
    const { routes, pages, proxies, services } = this.#options;
    const identity = identityOf(request, proxies);
    if (path !== HEALTH) await this.#count(exchange, identity);
    if (pages.has(path)) return pages.serve(exchange);
    const isTrpc = path.startsWith(TRPC);
    const match = isTrpc ? undefined : routes.find(path);
    if (!isTrpc && match === undefined) throw new DuetError("unknown_route");
    if (path !== HEALTH && request.method !== "OPTIONS") this.#checkAccess(request);
    const call = createCall(services, identity);
    if (match === undefined)
      return serveTrpc(exchange, TRPC, publicRouter, call, (error) => this.#report(exchange, problemFrom(error)));
    return withAbort(response, (gone) => serveRest(exchange, match, call, gone));
  }

  /** @throws DuetError `rate_limited` */
  async #count(exchange: Exchange, { address }: Identity): Promise<void> {
    const { limiter } = this.#options;
    if (limiter === undefined) return;
    const quota = await limiter.count(address, exchange.path.startsWith(TRPC) ? callsOf(exchange) : 1);
    if (quota.isExceeded || exchange.request.method === "POST") limiter.announce(exchange.response, quota);
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
export function requestIdOf(request: IncomingMessage): string {
  const given = [request.headers["x-request-id"]].flat()[0];
  return given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
}

function exchangeOf(request: IncomingMessage, response: ServerResponse): Exchange {
  // A proxy's form of the target has the host in front: `GET http://relay/open HTTP/1.1`.
  const target = String(request.url).replace(/^https?:\/\/[^/?]*/i, "");
  const at = target.indexOf("?");
  const path = at === -1 ? target : target.slice(0, at);
  return { request, response, requestId: requestIdOf(request), path, query: at === -1 ? "" : target.slice(at + 1) };
}

function setCommonHeaders({ response, requestId }: Exchange): void {
  response.setHeader("X-Request-Id", requestId);
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Referrer-Policy", "no-referrer");
}

/** Gives `work` a signal that aborts when the client goes away before it has its answer. */
async function withAbort(response: ServerResponse, work: (gone: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const onClose = (): void => controller.abort();
  response.once("close", onClose);
  try {
    await work(controller.signal);
  } finally {
    response.off("close", onClose);
  }
}
