import { readFileSync } from "node:fs";

/** Every bound of a stapler. All are options; the defaults and their reasons are below. */
export interface StaplerLimits {
  /** Connections in all, those that are being refused included. */
  readonly connections: number;
  /** Connections without an admitted hello line, in all. */
  readonly unadmitted: number;
  /** Connections of one address (IPv6: of one /64). */
  readonly connectionsPerAddress: number;
  /** Connections without an admitted hello line, of one address. */
  readonly unadmittedPerAddress: number;
  /** Refused hello lines of one address that are forgiven in a minute; Infinity: none is counted. */
  readonly refusalsPerMinute: number;
  /** Refused hello lines of one address, not yet forgiven, at which the next are told `busy`; Infinity: none is counted. */
  readonly refusalsAtOnce: number;
  /** From accepting to the end of the hello line. Bytes that trickle in do not extend it. */
  readonly helloTimeoutMs: number;
  /** From `waiting` to `stapled`. */
  readonly waitingTimeoutMs: number;
  /** How long a splice may move nothing either way; it ends within a quarter of it more. Infinity: for ever. */
  readonly quietSpliceMs: number;
}

/** Long enough for a person to type a line into netcat, short enough that 10,000 silent sockets drain in seconds. */
export const HELLO_TIMEOUT_MS = 10_000;

/**
 * As long as an unused channel lives. A waiting side keeps its channel alive, so something has to let go of a peer
 * that is connected and forgotten; a client that still wants to wait connects again.
 */
export const WAITING_TIMEOUT_MS = 15 * 60_000;

/**
 * A stream may be quiet for hours: a log that is followed, a shell that is left open. After a day without a byte it is
 * forgotten, or its reader has stopped for good. A peer that is gone is noticed by keep-alive long before; one that
 * lives dials again and goes on where it was.
 */
const QUIET_SPLICE_MS = 24 * 60 * 60_000;

/**
 * An honest client is refused about once an exchange, when it redials behind the times: an office of dozens, all of
 * them unlucky, fits. It is a tenth of what the relay itself answers to an address.
 */
const REFUSALS_PER_MINUTE = 60;
/** A room of people who start a test at the same moment with a mistake in it. */
const REFUSALS_AT_ONCE = 30;

/** Bytes kept behind the hello line until there is someone to give them to: some round trips' worth. */
export const EARLY_MAX_BYTES = 64 * 1024;

/** How long a leg whose partner is gone has for what is still on its way to it. */
export const DRAIN_MS = 30_000;

/** How long a refused peer has to read why. Closing at once would send a reset over the line if its bytes are unread. */
export const REFUSAL_MS = 2_000;

/** Idle TCP connections are probed, so that a peer that vanished is noticed in minutes. */
export const KEEP_ALIVE_MS = 60_000;

/** Bursts of a few thousand connections fit; the kernel's own default is 511 or less and drops the rest. */
export const BACKLOG = 4096;

/** Descriptors left for refusing, for the relay in the same process, files and pipes. */
const RESERVED_DESCRIPTORS = 128;
/** More needs more than one process: one core moves the bytes of all of them. */
const MOST_CONNECTIONS = 50_000;

/**
 * The defaults, fitted to the number of files that this process may open.
 *
 * @param readTable what Linux has in /proc/self/limits; throws elsewhere
 */
export function defaultLimits(readTable: () => string = readLimits): StaplerLimits {
  const connections = Math.max(16, Math.min(MOST_CONNECTIONS, descriptorLimit(readTable) - RESERVED_DESCRIPTORS));
  return {
    connections,
    // Each lasts at most the hello time-out and one call to the relay: a quarter is plenty for honest peers, and
    // silent ones cannot take the rest.
    unadmitted: Math.ceil(connections / 4),
    // An office behind one address, or a test of a few hundred pairs on one machine.
    connectionsPerAddress: Math.ceil(connections / 4),
    unadmittedPerAddress: Math.min(512, Math.ceil(connections / 8)),
    refusalsPerMinute: REFUSALS_PER_MINUTE,
    refusalsAtOnce: REFUSALS_AT_ONCE,
    helloTimeoutMs: HELLO_TIMEOUT_MS,
    waitingTimeoutMs: WAITING_TIMEOUT_MS,
    quietSpliceMs: QUIET_SPLICE_MS,
  };
}

/** Where Linux tells the limits of this process. */
const readLimits = (): string => readFileSync("/proc/self/limits", "utf8");

/** Where that is not: what macOS gives a process that asks for the most. */
const FALLBACK_DESCRIPTORS = 10_240;

/** The soft limit of open files. Node raises it to the hard one at its start. */
function descriptorLimit(readTable: () => string): number {
  try {
    const [, soft] = /^Max open files\s+(\d+|unlimited)/m.exec(readTable()) ?? [];
    if (soft === undefined) return FALLBACK_DESCRIPTORS;
    return soft === "unlimited" ? Infinity : Number(soft);
  } catch {
    return FALLBACK_DESCRIPTORS;
  }
}
