/** The stapler's connection as a stream of Node. Apart from the rest, which also runs in a browser. */
import { once } from "node:events";
import net from "node:net";
import type { components } from "./generated/schema.js";
import { DuetProblem, ownProblem } from "./problem.js";
import type { Seat } from "./seat.js";

const CONNECT_MS = 10_000;
/** The longest line of a stapler. */
const ANSWER_MAX_BYTES = 512;
const LF = 0x0a;

export interface StapleOptions {
  /** H(k), as the sender posted it. */
  readonly hK: string;
  /** From an answer of the relay that names it. */
  readonly stapler: components["schemas"]["Stapler"];
  /** Ends the waiting for the other side; a connection that was handed out is yours. */
  readonly signal?: AbortSignal;
  /** Where to connect from, where that matters: the relay counts addresses. */
  readonly localAddress?: string;
}

/**
 * Connects to the stapler and waits until the other side is there too. Every byte from then on is the other side's.
 *
 * @returns a connected socket, paused; half-open: end it to say that nothing more comes
 * @throws DuetProblem with the code of the stapler's error line, `stapler_unreachable` or `connection_lost`
 */
export async function staple(seat: Seat, { hK, stapler, signal, localAddress }: StapleOptions): Promise<net.Socket> {
  const host = stapler.host ?? seat.relay.url.hostname.replaceAll(/^\[|\]$/g, "");
  const socket = net.connect({
    host,
    port: stapler.port,
    allowHalfOpen: true,
    ...(localAddress === undefined ? {} : { localAddress }),
  });
  const stop = (): void => void socket.destroy();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    if (signal?.aborted === true) stop();
    await connected(socket);
    socket.write(`duet/1 ${seat.role} ${seat.channel} ${seat.uuid} ${hK}\n`);
    let line = await readLine(socket);
    if (line === "waiting") line = await readLine(socket);
    if (line !== "stapled") throw refusal(line);
    return socket;
  } catch (error) {
    socket.destroy();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

async function connected(socket: net.Socket): Promise<void> {
  try {
    await happens(socket, "connect", AbortSignal.timeout(CONNECT_MS));
  } catch (error) {
    throw ownProblem("stapler_unreachable", { cause: error });
  }
}

/** Reads one line and leaves what is behind it in the socket. */
async function readLine(socket: net.Socket): Promise<string> {
  const held: number[] = [];
  for (;;) {
    const byte = (socket.read(1) as Buffer | null)?.[0];
    if (byte === LF) return String.fromCharCode(...held).replace(/\r$/, "");
    if (byte !== undefined) {
      if (held.push(byte) > ANSWER_MAX_BYTES) throw ownProblem("connection_lost");
    } else await readable(socket);
  }
}

async function readable(socket: net.Socket): Promise<void> {
  if (socket.readableEnded || socket.destroyed) throw ownProblem("connection_lost");
  try {
    await happens(socket, "readable");
  } catch (error) {
    throw ownProblem("connection_lost", { cause: error });
  }
}

/** @throws when the socket fails, closes or hears its end before that event, or the time is up */
async function happens(socket: net.Socket, event: "connect" | "readable", limit?: AbortSignal): Promise<void> {
  const settled = new AbortController();
  const signal = limit === undefined ? settled.signal : AbortSignal.any([settled.signal, limit]);
  const over = async (name: "end" | "close"): Promise<never> => {
    await once(socket, name, { signal });
    throw new Error(name);
  };
  try {
    await Promise.race([once(socket, event, { signal }), over("end"), over("close")]);
  } finally {
    settled.abort();
  }
}

function refusal(line: string): DuetProblem {
  const [, code, text = ""] = /^error ([a-z_]+)(?: (.*))?$/.exec(line) ?? [];
  if (code === undefined) return ownProblem("connection_lost", { message: "what answered is not a stapler" });
  const [message = code, ...hint] = text.split(". ");
  return new DuetProblem({
    code,
    message: message || code,
    hint: hint.join(". ") || "Ask the relay what became of the channel.",
  });
}
