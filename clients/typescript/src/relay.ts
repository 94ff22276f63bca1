import createClient, { type Client } from "openapi-fetch";
import type { paths } from "./generated/schema.js";
import { ownProblem, problemOf } from "./problem.js";
import { retrying } from "./retry.js";
import type { Answer, Arguments, Call, CallOptions, Method, Route } from "./routes.js";

/** A relay answers at once, unless it was asked to wait. */
const ANSWER_MS = 10_000;
/** How long a lost call is made again if nothing else is said: as long as a relay takes to start. */
const RETRY_MS = 10_000;

export interface RelayOptions {
  /** Where the relay is, `https://relay.example`. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`, unless a call has its own: who is calling. */
  readonly uuid?: string;
  /** How long a lost call is made again, in milliseconds; 0: never. */
  readonly retryMs?: number;
  /** How long one answer may take beyond the `wait` of its query, in milliseconds. */
  readonly answerMs?: number;
  /** In the place of the platform's. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/**
 * A relay: every route of its document, with the types of its document. Failures are thrown as `DuetProblem`.
 *
 * @example
 * const relay = new Relay({ url: "http://127.0.0.1:8153" });
 * const { version } = await relay.get("/health");
 */
export class Relay {
  readonly url: URL;
  readonly #client: Client<paths>;
  readonly #options: RelayOptions;

  constructor(options: RelayOptions) {
    this.url = new URL(options.url);
    this.#options = options;
    const { fetch = (request: Request) => globalThis.fetch(request) } = options;
    // A capability must not follow a redirect to somebody else.
    this.#client = createClient<paths>({ baseUrl: options.url, fetch, redirect: "manual" });
  }

  /** @returns what the route answers; @throws DuetProblem */
  get<P extends Route<"get">>(route: P, ...[call]: Arguments<Call<P, "get">>): Promise<Answer<P, "get">> {
    return this.#call("get", route, call);
  }

  /** @returns what the route answers; @throws DuetProblem */
  post<P extends Route<"post">>(route: P, ...[call]: Arguments<Call<P, "post">>): Promise<Answer<P, "post">> {
    return this.#call("post", route, call);
  }

  async #call<P extends keyof paths, M extends Method>(method: M, route: P, call: AnyCall = {}): Promise<Answer<P, M>> {
    const { retryMs = RETRY_MS } = this.#options;
    const answer = await retrying(() => this.#once(method, route, call), { budgetMs: retryMs, signal: call.signal });
    // The document says so, and a test of the relay holds every answer against it.
    return answer as Answer<P, M>;
  }

  async #once(method: Method, route: keyof paths, call: AnyCall): Promise<unknown> {
    const { answerMs = ANSWER_MS } = this.#options;
    const { uuid = this.#options.uuid, path, query, body = {}, signal } = call;
    const limit = AbortSignal.timeout(answerMs + 1000 * Number(query?.["wait"] ?? 0));
    const init = {
      params: { path, query },
      ...(method === "post" ? { body } : {}),
      headers: uuid === undefined ? {} : { Authorization: `Bearer ${uuid}` },
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    };
    let result;
    try {
      // What the types of `Call` allow is what the types of openapi-fetch demand, which it cannot see for a union of routes.
      result = await this.#client.request(method, route as never, init as never);
    } catch (error) {
      signal?.throwIfAborted();
      throw unreachable(error);
    }
    const { data, error, response } = result as Result;
    if (!response.ok) throw problemOf(response, error);
    if (typeof data !== "object" || data === null) throw problemOf(response, undefined);
    return data;
  }
}

interface AnyCall extends CallOptions {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: object;
}

interface Result {
  readonly data?: unknown;
  readonly error?: unknown;
  readonly response: Response;
}

function unreachable(error: unknown): Error {
  if (error instanceof SyntaxError)
    return ownProblem("relay_refused", { message: "what answered is not a duet relay", cause: error });
  if (error instanceof DOMException)
    return ownProblem("relay_unreachable", { message: "the relay does not answer", cause: error });
  const code = codeOf(error);
  const message = code === undefined ? undefined : `the relay cannot be reached (${code})`;
  return ownProblem("relay_unreachable", { ...(message === undefined ? {} : { message }), cause: error });
}

/** ECONNREFUSED and the like, which fetch puts below its own error. */
function codeOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
}
