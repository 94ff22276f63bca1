import { randomUUID } from "node:crypto";
import type { Advertisement } from "../relay/index.js";
import { callsOver, createStapler, RelayLink, type Stapler, type StaplerLogger } from "../stapler/index.js";

/** How a stapler runs in a process of its own. */
export interface StandaloneStaplerOptions {
  /** The relay that it works for, as `https://relay.example`. */
  readonly relayUrl: string;
  /** The same as at the relay. */
  readonly secret: string;
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Where peers reach it; without it, at the relay's own host and this port. */
  readonly advertise?: Advertisement;
  readonly logger?: StaplerLogger;
  /** Ends the wait for a relay that is not there. */
  readonly signal?: AbortSignal;
}

/** A stapler that is registered at its relay, or tries to be. */
export interface StandaloneStapler extends AsyncDisposable {
  readonly port: number;
  readonly stapler: Stapler;
  /** Gives running splices `graceMs` to end. The relay's lease runs out by itself. */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/**
 * Starts a stapler for a relay elsewhere. Resolves when the relay has accepted it, or the signal aborted; a relay that
 * is away is asked again until it is there.
 *
 * @throws the system's error if the port cannot be had
 */
export async function startStapler(options: StandaloneStaplerOptions): Promise<StandaloneStapler> {
  const { relayUrl, secret, host, port, advertise, logger, signal } = options;
  const link = new RelayLink({
    id: randomUUID(),
    calls: callsOver(relayUrl, secret),
    onState: (state, reason) =>
      logger?.warn({ state, reason }, state === "up" ? "the relay is there" : "the relay is away"),
  });
  const stapler = await createStapler({ host, port, admission: link, ...(logger === undefined ? {} : { logger }) });
  const stop = (): void => link.close();
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted === true) stop();
  else await link.start(advertise ?? { host: null, port: stapler.port });
  signal?.removeEventListener("abort", stop);
  const close = async ({ graceMs = 0 } = {}): Promise<void> => {
    await stapler.close({ graceMs });
    link.close();
  };
  return { port: stapler.port, stapler, close, [Symbol.asyncDispose]: () => close() };
}
