import {
  type Operation,
  type TRPCClient,
  type TRPCLink,
  createTRPCClient,
  httpLink,
  httpSubscriptionLink,
  splitLink,
} from "@trpc/client";
import { observable } from "@trpc/server/observable";
import type { Uuid } from "../protocol/names.js";
import type { PublicRouter } from "../relay/router.js";
import { notARelay } from "./relay-errors.js";
import { linkedSignal } from "./signals.js";

/** Every step of the exchange as a typed call, inferred from the relay's own router. */
export type RelayClient = TRPCClient<PublicRouter>;

/** The part of a fetch call that is used here. */
export interface HttpCall {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** The part of a `Response` that is used here; a browser's own fits too. */
export interface HttpAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  json(): Promise<unknown>;
}

/** The global `fetch`, or `createHttpTransport().fetch` in Node. */
export type Fetch = (url: string, call: HttpCall) => Promise<HttpAnswer>;

/** An `EventSource`, with what it takes as its second argument: the headers of a call must go with it. */
export interface EventSourceMaker {
  readonly EventSource: new (url: string, init: never) => object;
  init(headers: Readonly<Record<string, string>>): object;
}

export interface RelayClientOptions {
  /** Where the relay is; `/trpc` is added. */
  readonly url: string;
  readonly fetch: Fetch;
  /** Goes as `Authorization: Bearer`, never into an address. */
  readonly uuid?: Uuid;
  /** Of a private relay. */
  readonly accessToken?: string;
  /** For `watchChannel`; without it the client has no subscriptions. */
  readonly events?: EventSourceMaker;
  /** How long a call may take beside what it asks the relay to wait. */
  readonly patienceMs?: number;
}

/** Long for a slow path, short for a person who looks at a silent prompt. */
const PATIENCE_MS = 10_000;

/**
 * A typed client of a relay. Runs wherever there is a `fetch`.
 *
 * @example
 * ```ts
 * const relay = createRelayClient({ url: "https://relay.example", fetch, uuid });
 * const { channel } = await relay.openChannel.mutate({ role: "sender" });
 * ```
 */
export function createRelayClient(options: RelayClientOptions): RelayClient {
  const { events, patienceMs = PATIENCE_MS } = options;
  const url = `${options.url.replace(/\/+$/, "")}/trpc`;
  const headers = {
    ...(options.uuid === undefined ? {} : { authorization: `Bearer ${options.uuid}` }),
    ...(options.accessToken === undefined ? {} : { "x-duet-access-token": options.accessToken }),
  };
  const calls = httpLink<PublicRouter>({ url, headers, fetch: checkedFetch(options.fetch) });
  if (events === undefined) return createTRPCClient<PublicRouter>({ links: [patient(patienceMs), calls] });
  // tRPC wants the constructor's own type of init, which differs between browsers and `eventsource`.
  const subscriptions = httpSubscriptionLink<PublicRouter, never>({
    url,
    EventSource: events.EventSource as never,
    eventSourceOptions: events.init(headers) as never,
  });
  const isSubscription = (op: Operation): boolean => op.type === "subscription";
  return createTRPCClient<PublicRouter>({
    links: [splitLink({ condition: isSubscription, true: subscriptions, false: [patient(patienceMs), calls] })],
  });
}

/** Gives every call its time: what it asks the relay to wait, and the patience. */
function patient(patienceMs: number): TRPCLink<PublicRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        const limit = linkedSignal(op.signal ?? undefined);
        const timer = setTimeout(() => limit.abort(), waitMsOf(op.input) + patienceMs);
        const subscription = next({ ...op, signal: limit.signal }).subscribe(observer);
        return () => {
          clearTimeout(timer);
          limit.release();
          subscription.unsubscribe();
        };
      });
}

function waitMsOf(input: unknown): number {
  if (typeof input !== "object" || input === null || !("wait" in input)) return 0;
  return typeof input.wait === "number" ? input.wait * 1000 : 0;
}

/** Of tRPC, and of problem documents (RFC 9457). */
const JSON_TYPE = /^application\/(problem\+)?json\b/i;

/** Tells what is no answer of a relay before anybody tries to read it as one. */
function checkedFetch(fetch: Fetch) {
  return async (
    url: unknown,
    init: { method?: string; headers?: unknown; body?: unknown; signal?: unknown } = {},
  ): Promise<HttpAnswer> => {
    const { method = "GET", headers, body, signal } = init;
    const answer = await fetch(String(url), {
      method,
      headers: headers as Record<string, string>,
      ...(typeof body === "string" ? { body } : {}),
      ...(signal instanceof AbortSignal ? { signal } : {}),
    });
    if (!JSON_TYPE.test(answer.headers.get("content-type") ?? ""))
      throw notARelay(answer.status, answer.headers.get("location"));
    return answer;
  };
}
