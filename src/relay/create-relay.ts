import { randomBytes } from "node:crypto";
import type { Policy } from "../channel/caller.js";
import { MemoryStore } from "../channel/memory-store.js";
import { Channels } from "./channels.js";
import { defaultConnectionLimits } from "./connections.js";
import type { RelayFacts } from "./facts.js";
import { hostNames } from "./http/identity.js";
import { cors } from "./http/cors.js";
import { RequestHandler } from "./http/handler.js";
import { Proxies } from "./http/proxies.js";
import { DEFAULT_RATE_LIMIT, RateLimiter } from "./http/rate-limit.js";
import { RouteTable } from "./http/routes.js";
import { StaticPages } from "./http/static.js";
import { StaplerDoor } from "./internal/door.js";
import { StaplerRegistry } from "./internal/registry.js";
import { withAccessToken } from "./openapi/private.js";
import { DEFAULT_MAX_OPEN_PER_ADDRESS, DEFAULT_TIMEOUTS, type RelayOptions } from "./options.js";
import { listen } from "./server.js";
import { DEFAULT_WAITER_LIMITS, Waiters } from "./waiters.js";

/** A running relay. */
export interface Relay {
  /** What clients are given; the host as in the options. */
  readonly url: string;
  readonly port: number;
  /** For a stapler in the same process: what the internal router serves, without HTTP and without a secret. */
  readonly door: StaplerDoor;
  /**
   * Refuses what is new, lets go those who wait, and ends when the rest is answered.
   *
   * @param options.graceMs when open answers are cut off
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/** Answers take milliseconds; those who wait are let go at once. */
const DEFAULT_GRACE_MS = 5000;

/**
 * Starts a relay. It keeps nothing on disk, prints nothing, and lives until it is closed.
 *
 * @example
 * const relay = await createRelay({ version: "1.0.0" });
 * console.log(relay.url);
 * await relay.close();
 *
 * @throws DuetError `usage` for a trusted proxy that is no address; the system's error if it cannot listen
 */
export async function createRelay(options: RelayOptions): Promise<Relay> {
  const now = options.clock ?? Date.now;
  const proxies = new Proxies(options.trustProxy ?? []);
  const store = options.store ?? new MemoryStore({ now });
  // Whoever lets one address ask as often as it likes lets it wait as often, too.
  const lifted = options.rateLimit === "off" ? { perAddress: Infinity } : {};
  const waiterLimits = { ...DEFAULT_WAITER_LIMITS, ...lifted, ...options.waiters };
  const connections = { ...defaultConnectionLimits(), ...lifted, ...options.connections };
  const waiters = new Waiters(waiterLimits);
  const maxOpenPerAddress = options.maxOpenPerAddress ?? DEFAULT_MAX_OPEN_PER_ADDRESS;
  const channels = new Channels({ store, now, maxOpenPerAddress, waiters });
  const onError = (error: unknown): void =>
    options.logger?.error({ err: error }, "a stapler's round could not be kept");
  const lease = options.staplerLeaseMs === undefined ? {} : { leaseMs: options.staplerLeaseMs };
  const registry = new StaplerRegistry({ store, channels, now, onError, ...lease });
  const policy: Policy = { identity: options.identity ?? "any", addresses: options.addressPolicy ?? "strict" };
  const limiter = options.rateLimit === "off" ? undefined : new RateLimiter(options.rateLimit ?? DEFAULT_RATE_LIMIT);
  const facts: RelayFacts = {
    version: options.version,
    notice: options.notice,
    limits: {
      requestsPerMinute: limiter?.limit.perMinute ?? null,
      burst: limiter?.limit.burst ?? null,
      channelsPerAddress: Number.isFinite(maxOpenPerAddress) ? maxOpenPerAddress : null,
      waitersPerChannel: waiterLimits.perChannel,
      waitersPerAddress: Number.isFinite(waiterLimits.perAddress) ? waiterLimits.perAddress : null,
    },
  };
  const door = new StaplerDoor({ channels, registry, policy });
  let isClosing = false;
  const handler = new RequestHandler({
    services: {
      channels,
      staplerFor: (channel) => registry.addressFor(channel),
      policy,
      random: options.random ?? randomBytes,
      facts,
    },
    internal: { door },
    routes: new RouteTable(),
    pages: new StaticPages({
      ...(options.accessToken === undefined ? {} : { document: withAccessToken }),
      logger: options.logger,
    }),
    proxies,
    ownHosts: hostNames([...(options.publicHosts ?? []), ...(options.host === undefined ? [] : [options.host])]),
    limiter,
    cors: cors(options.corsOrigins ?? []),
    accessToken: options.accessToken,
    staplerSecret: options.staplerSecret,
    logger: options.logger,
    isClosing: () => isClosing,
  });
  const letGo = async (): Promise<void> => {
    registry.close();
    if (options.store === undefined) await store.close();
  };
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const isProxy = (address: string): boolean => proxies.isTrusted(address);
  const listening = listen(handler, options, { timeouts, connections, isProxy });
  const listener = await listening.catch(async (error: unknown) => {
    await letGo();
    throw error;
  });
  return {
    url: listener.url,
    port: listener.port,
    door,
    close: async ({ graceMs = DEFAULT_GRACE_MS } = {}) => {
      isClosing = true;
      waiters.close();
      registry.close();
      await listener.close(graceMs);
      await letGo();
    },
  };
}
