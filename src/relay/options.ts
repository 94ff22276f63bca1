import type { ChannelStore } from "../channel/store.js";
import type { ConnectionLimits } from "./connections.js";
import type { RateLimit } from "./http/rate-limit.js";
import type { RelayLogger } from "./log.js";
import type { WaiterLimits } from "./waiters.js";

/** How a relay runs. Everything has a default but the version. */
export interface RelayOptions {
  /** `127.0.0.1` without it. */
  readonly host?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** What clients and `GET /health` are told. */
  readonly version: string;
  /** A store of its own, in memory, without it. A store that is given is not closed. */
  readonly store?: ChannelStore;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  readonly random?: (length: number) => Uint8Array;
  /** `uuid`: nobody is known by an address alone. `any` is the seed's way, and the default. */
  readonly identity?: "any" | "uuid";
  /** `off`: any number of addresses may use a channel. `strict` is the seed's rule, and the default. */
  readonly addressPolicy?: "strict" | "off";
  /** `off` also lifts the default bounds on what one address may have waiting, and connected. */
  readonly rateLimit?: RateLimit | "off";
  /** Channels that one address may have open. */
  readonly maxOpenPerAddress?: number;
  readonly waiters?: Partial<WaiterLimits>;
  /** HTTP connections; fitted to what the process may open without it. */
  readonly connections?: Partial<ConnectionLimits>;
  /** Addresses and CIDR ranges of the proxies whose `X-Forwarded-For` or `Forwarded` counts. */
  readonly trustProxy?: readonly string[];
  /** Origins whose pages may call the relay. */
  readonly corsOrigins?: readonly string[];
  /**
   * Names of this relay beside `host`, like `relay.example.org`: a page under them is its own. Pages under any other
   * name are another site's, and are known by a uuid, never by an address.
   */
  readonly publicHosts?: readonly string[];
  /** PEM. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
  /** Makes the relay private: every call but `GET /health` brings it in `X-Duet-Access-Token`. */
  readonly accessToken?: string;
  /** Lets staplers of other processes in, at `/internal/trpc`. */
  readonly staplerSecret?: string;
  /** How long a stapler may be silent. */
  readonly staplerLeaseMs?: number;
  /** What the operator wants people to know; told to everybody who opens a channel. */
  readonly notice?: string;
  readonly logger?: RelayLogger;
  readonly timeouts?: Partial<Timeouts>;
}

/** How long a connection may take for what; see `DEFAULT_TIMEOUTS`. */
export interface Timeouts {
  readonly headersMs: number;
  readonly requestMs: number;
  readonly keepAliveMs: number;
  readonly idleMs: number;
}

/** As the seed's author has it: a room full of people behind one address. */
export const DEFAULT_MAX_OPEN_PER_ADDRESS = 50;

export const DEFAULT_TIMEOUTS: Timeouts = {
  /** One packet as a rule; a phone on a bad line needs a few seconds. */
  headersMs: 10_000,
  /** Headers and 16 KiB of body. */
  requestMs: 20_000,
  /** Between two steps of one exchange a person may type; Node tells clients, which then do not use a dying connection. */
  keepAliveMs: 30_000,
  /** Who neither reads nor writes: longer than the longest `wait`, and streams have a ping every 15 s. */
  idleMs: 60_000,
};
