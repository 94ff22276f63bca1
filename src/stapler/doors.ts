import { addressKey } from "../protocol/address.js";
import type { Clock } from "./clock.js";
import type { StaplerLimits } from "./limits.js";
import { Refusals } from "./refusals.js";

/** A connection that was let in, as far as counting goes. */
export interface Visit {
  /** Its hello line was admitted: from now on it counts only among the connections. */
  admitted(): void;
  /** Its hello line was refused. Counts also when the connection is gone already. */
  refused(): void;
  /** Whether its address was refused so often that a hello line of it is not to be looked at. */
  readonly exhausted: boolean;
  /** It is gone. */
  left(): void;
}

interface Count {
  connections: number;
  unadmitted: number;
}

/**
 * Counts connections, in all and for each address, so that nobody can take all the places, and refusals, so that
 * nobody can try all the names.
 */
export class Doors {
  readonly #limits: StaplerLimits;
  readonly #all: Count = { connections: 0, unadmitted: 0 };
  readonly #addresses = new Map<string, Count>();
  readonly #refusals: Refusals;

  constructor(limits: StaplerLimits, clock: Clock) {
    this.#limits = limits;
    this.#refusals = new Refusals(limits, clock);
  }

  get connections(): number {
    return this.#all.connections;
  }

  get unadmitted(): number {
    return this.#all.unadmitted;
  }

  /** @returns undefined when a limit is reached */
  enter(ip: string): Visit | undefined {
    // What is no IP address counts as itself: a leg that came another way may have been given such a key.
    const group = addressKey(ip) ?? ip;
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
    const refusals = this.#refusals;
    return {
      admitted,
      left,
      refused: () => refusals.add(group),
      get exhausted() {
        return refusals.exceeded(group);
      },
    };
  }
}
