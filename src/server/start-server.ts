import { randomUUID } from "node:crypto";
import { createRelay, type RelayOptions } from "../relay/index.js";
import {
  callsTo,
  createStapler,
  defaultLimits,
  RelayLink,
  type Stapler,
  type StaplerLogger,
} from "../stapler/index.js";

/** How a relay and its stapler run in one process. */
export interface ServerOptions extends RelayOptions {
  /** The TCP port of the stapler; 0, the default, takes any free one. */
  readonly staplerPort?: number;
  readonly staplerLogger?: StaplerLogger;
}

/** A relay with a stapler beside it. */
export interface DuetServer extends AsyncDisposable {
  /** Where the relay answers; its host is the one of the options, also where that means every interface. */
  readonly url: string;
  readonly port: number;
  readonly staplerPort: number;
  readonly stapler: Stapler;
  /**
   * Refuses what is new, gives running splices `graceMs` to end, and lets go of everything.
   *
   * @param options.graceMs milliseconds; 0 without it
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/** Where both listen without `host`: nobody else's business by default. */
const DEFAULT_HOST = "127.0.0.1";

/**
 * Starts the embedded default: a relay and a stapler in this process, joined without HTTP in between.
 *
 * @throws DuetError `usage` for options that cannot be; the system's error if a port cannot be had
 */
export async function startServer(options: ServerOptions): Promise<DuetServer> {
  const { host = DEFAULT_HOST, staplerPort = 0, staplerLogger, ...relayOptions } = options;
  const relay = await createRelay({ ...relayOptions, host });
  const id = randomUUID();
  const link = new RelayLink({ id, calls: callsTo(relay.door) });
  let stapler: Stapler;
  try {
    const logger = staplerLogger === undefined ? {} : { logger: staplerLogger };
    // The files that a process may open are for both: the relay takes half of them at most.
    const limits = { connections: Math.ceil(defaultLimits().connections / 2) };
    stapler = await createStapler({ host, port: staplerPort, admission: link, limits, ...logger });
    await link.start({ host: null, port: stapler.port });
  } catch (error) {
    link.close();
    await relay.close({ graceMs: 0 });
    throw error;
  }
  // The stapler first: while splices end, their peers still ask the relay, and the stapler still tells it.
  const close = async ({ graceMs = 0 } = {}): Promise<void> => {
    await stapler.close({ graceMs });
    link.close();
    await relay.close({ graceMs });
  };
  return {
    url: relay.url,
    port: relay.port,
    staplerPort: stapler.port,
    stapler,
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}
