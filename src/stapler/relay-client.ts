import {
  type TRPCClient,
  createTRPCClient,
  httpLink,
  httpSubscriptionLink,
  isTRPCClientError,
  splitLink,
} from "@trpc/client";
import { EventSource } from "eventsource";
import { isStaplerErrorCode } from "../protocol/hello-line.js";
import { DuetError, PROBLEMS, isProblem } from "../protocol/problem.js";
import { isChannelName } from "../protocol/names.js";
import { reasonOf } from "./reason.js";
import type { RelayCalls } from "./relay-calls.js";
import type { InternalRouter } from "../relay/internal/router.js";

/** The relay's side door, typed by its router. */
type InternalClient = TRPCClient<InternalRouter>;

/** Where a relay mounts its internal router. */
export const INTERNAL_PATH = "/internal/trpc";

/**
 * The calls of a stapler that runs apart from its relay.
 *
 * @param url of the relay, as `https://relay.example`
 * @param secret the one that both were started with; it goes into a header and nowhere else
 */
export function callsOver(url: string, secret: string): RelayCalls {
  const endpoint = `${url.replace(/\/+$/, "")}${INTERNAL_PATH}`;
  const authorization = `Bearer ${secret}`;
  const client = createTRPCClient<InternalRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === "subscription",
        true: httpSubscriptionLink({
          url: endpoint,
          EventSource,
          eventSourceOptions: {
            fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, authorization } }),
          },
        }),
        false: httpLink({ url: endpoint, headers: { authorization } }),
      }),
    ],
  });
  return callsBy(client);
}

/** @param client of the internal router, by any link */
function callsBy(client: InternalClient): RelayCalls {
  const within = (ms: number) => ({ signal: AbortSignal.timeout(ms) });
  return {
    register: (id, advertise, timeoutMs) => client.register.mutate({ id, advertise }, within(timeoutMs)),
    admit: (peer, timeoutMs) => client.admit.mutate(peer, within(timeoutMs)),
    stapled: (round, timeoutMs) => client.stapled.mutate(round, within(timeoutMs)),
    ended: (round, timeoutMs) => client.ended.mutate(round, within(timeoutMs)),
    releases(stapler, { released, lost }) {
      const stream = client.releases.subscribe(
        { stapler },
        {
          onData: ({ channel, round, code }) => {
            if (isChannelName(channel)) released({ channel, round, code });
          },
          // Its own way of coming back does not ask whether the relay still knows us.
          onConnectionStateChange: ({ state, error }) => {
            if (state === "connecting" && error !== null) lost();
          },
          onError: lost,
          onComplete: lost,
        },
      );
      return () => stream.unsubscribe();
    },
  };
}

/**
 * What a failed call means here: a refusal that a peer is to be told, or that the relay cannot be asked now.
 *
 * @returns with a code of the stapler's error lines
 */
export function problemOf(error: unknown): DuetError {
  const code = relayCode(error);
  if (code === "channel_full") return new DuetError("full", { cause: error });
  if (code !== undefined && isStaplerErrorCode(code)) return new DuetError(code, { cause: error });
  return new DuetError("unavailable", { message: reasonOf(error), cause: error });
}

/** @returns the `code` of our error table that the relay answered with, if it did */
export function relayCode(error: unknown): string | undefined {
  const code = isProblem(error) ? error.code : refusalOf(error)?.code;
  return typeof code === "string" ? code : undefined;
}

/** A relay started without a stapler secret has no side door at all: to ask for it is an unknown route. */
const NO_SIDE_DOOR = "the relay takes no staplers. Set the same DUET_STAPLER_SECRET on both.";

/** @returns why a relay does not take this stapler, for people: what it says itself, or that it cannot be reached */
export function whyAway(error: unknown): string {
  const refusal = refusalOf(error);
  if (refusal?.code === "unknown_route") return NO_SIDE_DOOR;
  if (refusal !== undefined) {
    const hint = typeof refusal.hint === "string" ? ` ${refusal.hint}` : "";
    return `${reasonOf(error)}.${hint}`;
  }
  const { message, hint } = PROBLEMS.relay_unreachable;
  return `${message} (${reasonOf(innermost(error))}). ${hint}`;
}

/** What came over the network: nothing about it is sure, although the router types it. */
interface Refusal {
  readonly code?: unknown;
  readonly hint?: unknown;
}

function refusalOf(error: unknown): Refusal | undefined {
  if (!isTRPCClientError<InternalRouter>(error)) return undefined;
  const data: { readonly duet?: Refusal } | null | undefined = error.data;
  return data?.duet;
}

/** `fetch failed` says nothing; the system's error is inside of it. */
function innermost(error: unknown): unknown {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return inner;
}
