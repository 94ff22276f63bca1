import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import { type AddressKey, addressKey } from "../channel/address.js";

/** How many HTTP connections may be open at the same time. */
export interface ConnectionLimits {
  readonly inAll: number;
  /** Of one address (IPv6: of one /64); `Infinity` for none. Configured proxies are not counted. */
  readonly perAddress: number;
}

/** Twice those who may wait, each of whom has a connection; more needs more than one process. */
const MOST_CONNECTIONS = 20_000;
/** So that a process with very few descriptors still answers. */
const FEWEST_CONNECTIONS = 16;
/** An office behind one address: its 200 waiters, and the connections that clients keep between two steps. */
const MOST_PER_ADDRESS = 1024;
/** Where Linux's table is not: what macOS gives a process that asks for the most. */
const FALLBACK_DESCRIPTORS = 10_240;

/**
 * The defaults, fitted to the number of files that this process may open: half of them, since a stapler may share it.
 *
 * @param readTable what Linux has in /proc/self/limits; throws elsewhere
 */
export function defaultConnectionLimits(readTable: () => string = readLimits): ConnectionLimits {
  const half = Math.floor(descriptorLimit(readTable) / 2);
  const inAll = Math.max(FEWEST_CONNECTIONS, Math.min(MOST_CONNECTIONS, half));
  // Four addresses at least have to work together to keep everybody else out.
  return { inAll, perAddress: Math.min(MOST_PER_ADDRESS, Math.ceil(inAll / 4)) };
}

/**
 * Keeps a server within its limits. Over them a connection is dropped without a word: to answer, over TLS above all,
 * costs more than it costs the other side to come again.
 *
 * @param isProxy whether many people may be behind an address
 */
export function limitConnections(
  server: Server,
  { inAll, perAddress }: ConnectionLimits,
  isProxy: (address: string) => boolean,
): void {
  server.maxConnections = inAll;
  const open = new Map<AddressKey, number>();
  server.on("connection", (socket) => {
    const { remoteAddress } = socket;
    const key = remoteAddress === undefined ? undefined : addressKey(remoteAddress);
    // No address: the client is gone already.
    if (remoteAddress === undefined || key === undefined) {
      socket.destroy();
      return;
    }
    if (isProxy(remoteAddress)) return;
    const count = open.get(key) ?? 0;
    if (count >= perAddress) {
      socket.destroy();
      return;
    }
    open.set(key, count + 1);
    socket.once("close", () => {
      const left = (open.get(key) ?? 0) - 1;
      if (left > 0) open.set(key, left);
      else open.delete(key);
    });
  });
}

/** Where Linux tells the limits of this process. */
const readLimits = (): string => readFileSync("/proc/self/limits", "utf8");

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
