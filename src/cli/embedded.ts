import { setTimeout as sleep } from "node:timers/promises";
import type { RelayClient } from "../client/index.js";
import type { ChannelName } from "../protocol/names.js";
import { type DuetServer, startServer } from "../server/index.js";
import { httpUrl, isEverywhere } from "./invite.js";
import { PortFiles, type Ports } from "./port-files.js";
import { packageVersion } from "./version.js";

/** A relay and a stapler of this process, for one transfer. */
export interface Embedded {
  /** What it listens at: an address, or all of them as `::` or `0.0.0.0`. */
  readonly host: string;
  readonly port: number;
  /** An address that works on this machine. */
  readonly url: string;
  /** Notes the ports for another run with the same code. */
  remember(channel: ChannelName): Promise<void>;
  forget(channel: ChannelName): Promise<void>;
  /** Stays a moment longer, so that the other side can ask why the connection has ended. */
  linger(): Promise<void>;
  close(): Promise<void>;
}

export interface EmbeddedOptions {
  /** All addresses without it. */
  readonly host: string | undefined;
  /** Of a code that was given: another run may have told the other side its ports. */
  readonly channel: ChannelName | undefined;
  readonly stateDirectory: string;
}

/** @throws the system's error if it cannot listen */
export async function startEmbedded({ host, channel, stateDirectory }: EmbeddedOptions): Promise<Embedded> {
  const files = new PortFiles({ directory: stateDirectory });
  const ports = channel === undefined ? undefined : await files.read(channel);
  const { server, at } = await listen(host, ports);
  return {
    host: at,
    port: server.port,
    url: httpUrl(isEverywhere(at) ? "127.0.0.1" : at, server.port),
    remember: (name) => files.remember(name, server),
    forget: (name) => files.forget(name),
    linger: () => sleep(LINGER_MS),
    close: () => server.close(),
  };
}

/** How long the recipient may take for its last word, which comes after ours. */
const LAST_WORD_MS = 3_000;
/** As long as the relay has not heard of the end of the splice, it has nothing to wait for. */
const ASK_AGAIN_MS = 20;

/**
 * Waits until the recipient has closed the channel: it does so last, at this very relay.
 *
 * @param client one that speaks for the sender
 */
export async function untilClosed(client: RelayClient, channel: ChannelName): Promise<void> {
  const signal = AbortSignal.timeout(LAST_WORD_MS);
  try {
    // Ends with the error that the channel is closed.
    for (;;) {
      await client.isReady.query({ channel, wait: LAST_WORD_MS / 1000 }, { signal });
      await sleep(ASK_AGAIN_MS, undefined, { signal });
    }
  } catch {
    // Closed, or too slow: nothing is left to wait for.
  }
}

/** One call of the other side, from the same network, after it has noticed; and well within what Ctrl-C leaves. */
const LINGER_MS = 700;

interface Listening {
  readonly server: DuetServer;
  readonly at: string;
}

async function listen(host: string | undefined, ports: Ports | undefined): Promise<Listening> {
  // Nobody needs to be known by an address here: both sides are duet.
  const options = { version: packageVersion(), identity: "uuid" } as const;
  const start = async (at: string, wanted: Partial<Ports>): Promise<Listening> => ({
    server: await startServer({ ...options, host: at, ...wanted }),
    at,
  });
  const anywhere = (wanted: Partial<Ports>): Promise<Listening> => {
    if (host !== undefined) return start(host, wanted);
    return start("::", wanted).catch((error: unknown) =>
      hasCode(error, "EAFNOSUPPORT", "EADDRNOTAVAIL") ? start("0.0.0.0", wanted) : Promise.reject(error),
    );
  };
  if (ports === undefined) return await anywhere({});
  return await anywhere(ports).catch((error: unknown) =>
    hasCode(error, "EADDRINUSE") ? anywhere({}) : Promise.reject(error),
  );
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}
