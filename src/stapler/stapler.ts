import type { StaplerErrorCode } from "../protocol/hello-line.js";
import type { Admission } from "./admission.js";
import type { Clock } from "./clock.js";
import type { Leg } from "./leg.js";
import type { StaplerLimits } from "./limits.js";

/**
 * How connections are accepted and read: `bare` by `acceptHandles` and `OnreadLeg`, `onread` by the handle of an accepted
 * socket and `OnreadLeg`, `public` by `PublicLeg`.
 */
export type StaplerImplementation = "bare" | "onread" | "public";

/** The part of a logger that is used; pino's fits. It is never given a uuid or an h_k. */
export interface StaplerLogger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface StaplerOptions {
  /** The address to listen on; `::` is all of IPv6 and IPv4. */
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly admission: Admission;
  /** What is not given is as in `defaultLimits()`. */
  readonly limits?: Partial<StaplerLimits>;
  readonly clock?: Clock;
  readonly logger?: StaplerLogger;
  /** `auto`, the default: the first of them that works here. */
  readonly implementation?: StaplerImplementation | "auto";
}

/** What a stapler is doing, for metrics and health. */
export interface StaplerCounts {
  /** Open connections, those that are being let go included. */
  readonly connections: number;
  /** Those without an admitted hello line. */
  readonly unadmitted: number;
  /** Those that wait for their other side. */
  readonly waiting: number;
  /** Pairs that are spliced now. */
  readonly pairs: number;
  /** Pairs spliced since the start. */
  readonly stapled: number;
  /** Bytes moved since the start, both ways. */
  readonly bytes: number;
  /** Bytes that were read and are not out yet, of all connections; without those kept before stapling. */
  readonly heldBytes: number;
  /** Memory of the read buffers above their resting size. */
  readonly bufferBytes: number;
  /** How often each error line was answered since the start. */
  readonly refused: Readonly<Partial<Record<StaplerErrorCode, number>>>;
}

/** A running stapler. */
export interface Stapler extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly implementation: StaplerImplementation;
  counts(): StaplerCounts;
  /** Treats a connection that came another way, as over a WebSocket, like an accepted one. */
  accept(leg: Leg): void;
  /**
   * Stops accepting, tells those that are not spliced `unavailable`, and gives running splices `graceMs` (0 if not
   * given) to end. Later calls wait for the first.
   *
   * @returns when every connection is gone and the relay was told
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}
