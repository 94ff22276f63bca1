import { DuetError, type ProblemCode } from "../../protocol/problem.js";
import type { RemoteAddress } from "./http-agent.js";
import type { StaplerAddress, StaplerDial } from "../peer-stream.js";
import { TcpStream, type TcpTarget } from "./tcp-stream.js";

/** Shorter than a kernel's own patience of two minutes, longer than the slowest path with one lost packet or two. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A stapler answers once it has asked its relay; `unavailable` comes sooner than this when it cannot. */
const ANSWER_TIMEOUT_MS = 10_000;

/** After these another connection may follow: the round still stands, or the relay says at the next attempt what has become of it. */
const LOST: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  "connection_lost",
  "stapler_unreachable",
  "replaced",
  "timeout",
  "busy",
  "unavailable",
  "closed",
  "round_over",
  "unknown_channel",
  "not_open",
  "wrong_h_k",
]);

/** Whether a connection that ended with this error is a lost one, after which `Meeting.dial` is called again. */
export function isLostConnection(error: unknown): error is DuetError {
  return error instanceof DuetError && LOST.has(error.code);
}

export interface DialOptions {
  readonly signal: AbortSignal;
  readonly localAddress?: string;
  readonly connectTimeoutMs?: number;
  readonly answerTimeoutMs?: number;
}

/**
 * Where to connect, so that the stapler sees the caller come from the address that the relay has counted: the
 * relay's own address as the HTTP connection has it, or the named host in the same family.
 *
 * @param remote undefined before the relay's first answer
 * @param relay named in place of `remote` then
 */
export function staplerTarget(stapler: StaplerAddress, remote: RemoteAddress | undefined, relay: URL): TcpTarget {
  const { host, port } = stapler;
  if (remote === undefined) return { host: host ?? relay.hostname.replace(/^\[|\]$/g, ""), port };
  return { host: host ?? remote.address, port, family: remote.family };
}

/**
 * Begins a connection to a stapler and says nothing on it yet. The signal ends it as long as `greet` has not handed
 * it out; from then on it belongs to who called that.
 */
export function dialStapler(target: TcpTarget, options: DialOptions): StaplerDial {
  const { signal, localAddress, connectTimeoutMs = CONNECT_TIMEOUT_MS, answerTimeoutMs = ANSWER_TIMEOUT_MS } = options;
  const stream = new TcpStream(localAddress === undefined ? target : { ...target, localAddress });
  const drop = (): void => stream.destroy();
  const timer = setTimeout(drop, connectTimeoutMs);
  const settled = (): void => clearTimeout(timer);
  stream.connected.then(settled, settled);
  const release = (): void => signal.removeEventListener("abort", drop);
  signal.addEventListener("abort", drop, { once: true });
  void stream.closed.then(release);
  if (signal.aborted) drop();
  return {
    connected: stream.connected,
    get isUsable() {
      return stream.isUsable;
    },
    greet: (line) => {
      release();
      stream.greet(line, answerTimeoutMs);
      return stream;
    },
    cancel: drop,
  };
}
