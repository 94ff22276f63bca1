import { initTRPC } from "@trpc/server";
import type { RelayProblemCode } from "../protocol/problem.js";
import type { Call } from "./call.js";
import { errorShape, problemFrom } from "./errors.js";

/**
 * Where REST has a step, and what the document says of it: the part of `OpenApiMeta` of trpc-to-openapi that is used.
 * Declared here, since that package is only needed where the document is built.
 */
interface OpenApiStep {
  readonly method: "GET" | "POST";
  readonly path: `/${string}`;
  readonly operationId: string;
  readonly tags: string[];
  readonly summary: string;
  readonly description?: string;
  readonly successDescription?: string;
  /** False: the call needs no uuid. */
  readonly protect?: boolean;
}

/** What the binding and the document need to know of a step. */
export interface StepMeta extends Record<string, unknown> {
  /** Of the exchange, by which the document is ordered; what belongs to no step comes last. */
  readonly step?: number;
  readonly openapi?: OpenApiStep;
  /** What may go wrong in this step, beside what may go wrong in every call. */
  readonly problems?: readonly RelayProblemCode[];
  /** Bodies that show what is meant better than the examples of the fields do, by name. */
  readonly requests?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** A GET that may change something: HEAD must not run it. A mutation always is one. */
  readonly changesState?: true;
}

/** An open stream shows that it lives: shorter than the idle time-out of common proxies. */
const PING_MS = 15_000;
/** A stream ends after this and its client comes again, so that a drained relay becomes empty. */
const STREAM_MAX_MS = 10 * 60_000;

/** Shared by the public and the internal router. */
const options = {
  // Without this, errors carry stacks unless NODE_ENV is production.
  isDev: false,
  sse: {
    ping: { enabled: true, intervalMs: PING_MS },
    maxDurationMs: STREAM_MAX_MS,
    client: { reconnectAfterInactivityMs: 3 * PING_MS },
  },
} as const;

/** The builder of the public router. Every step is `t.procedure` with meta, input, output and one handler. */
export const t = initTRPC
  .context<Call>()
  .meta<StepMeta>()
  .create({ ...options, errorFormatter: ({ shape, error }) => errorShape(problemFrom(error), shape.data.path) });

/** The builder of the internal router; its context is made by `internal/`. */
export function internalBuilder<Context extends object>() {
  return initTRPC
    .context<Context>()
    .create({ ...options, errorFormatter: ({ shape, error }) => errorShape(problemFrom(error), shape.data.path) });
}
