import type { StaplerLimits } from "./limits.js";

/** A connection that was let in, as far as counting goes. */
export interface Visit {
  /** Its hello line was admitted: from now on it counts only among the connections. */
  admitted(): void;
  /** It is gone. */
  left(): void;
}

interface Count {
  connections: number;
  unadmitted: number;
}

/** Counts connections, in all and for each address, so that nobody can take all the places. */
export class Doors {
  readonly #limits: StaplerLimits;
  readonly #all: Count = { connections: 0, unadmitted: 0 };
  readonly #addresses = new Map<string, Count>();

  constructor(limits: StaplerLimits) {
    this.#limits = limits;
  }

  get connections(): number {
    return this.#all.connections;
  }

  get unadmitted(): number {
    return this.#all.unadmitted;
  }

  /** @returns undefined when a limit is reached */
  enter(ip: string): Visit | undefined {
    const group = addressGroup(ip);
    const own = this.#addresses.get(group) ?? { connections: 0, unadmitted: 0 };
    const { connections, unadmitted, connectionsPerAddress, unadmittedPerAddress } = this.#limits;
    if (this.#all.connections >= connections || own.connections >= connectionsPerAddress) return undefined;
    if (this.#all.unadmitted >= unadmitted || own.unadmitted >= unadmittedPerAddress) return undefined;
    this.#addresses.set(group, own);
    const counts = [this.#all, own];
    let pending = true;
    for (const count of counts) {
      count.connections += 1;
      count.unadmitted += 1;
    }
    const admitted = (): void => {
      if (pending) for (const count of counts) count.unadmitted -= 1;
      pending = false;
    };
    const left = (): void => {
      admitted();
      for (const count of counts) count.connections -= 1;
      if (own.connections === 0) this.#addresses.delete(group);
    };
    return { admitted, left };
  }
}

/**
 * What is counted as one address: IPv4, also when mapped into IPv6, as it is; IPv6 by its /64, since a host may use
 * any address in one.
 *
 * @param ip as Node gives it: in the short form, lower case
 */
export function addressGroup(ip: string): string {
  if (!ip.includes(":")) return ip;
  if (ip.startsWith("::ffff:") && ip.includes(".")) return ip.slice("::ffff:".length);
  const [head = "", tail] = ip.split("::");
  const groups = head.split(":");
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(":").length;
  return [...groups, ...Array<string>(missing).fill("0")].slice(0, 4).join(":");
}
