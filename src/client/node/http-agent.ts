import { type LookupAddress, lookup } from "node:dns";
import { Agent as HttpAgent, type AgentOptions } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { LookupFunction, Socket } from "node:net";

/** Where the relay's HTTP connection leads: a stapler without a host of its own is dialled there. */
export interface RemoteAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

export interface RelayAgentOptions {
  /** Where the relay is, with its path if it has one. */
  readonly url: URL;
  /** PEM of an authority that is trusted instead of the usual ones. */
  readonly ca?: string;
  /** The own address to connect from. */
  readonly localAddress?: string;
}

/**
 * One connection does for the whole exchange, since its calls come one after the other. Another serves a call while
 * the first is held by a wait; the rest are for subscriptions, each of which holds one.
 */
const MAX_SOCKETS = 16;

/**
 * The keep-alive connections of one relay.
 *
 * All of them go to the address that answered first, if it still is one of the name's: a channel admits two
 * addresses, and a dual-stack client that used one family here and the other there would fill it alone
 * (PROTOCOL.md, section 2, Two addresses).
 */
export class RelayAgent {
  readonly agent: HttpAgent;
  #remote: RemoteAddress | undefined;

  constructor(options: RelayAgentOptions) {
    const { ca, localAddress, url } = options;
    const shared: AgentOptions & ConnectOptions = {
      keepAlive: true,
      noDelay: true,
      scheduling: "lifo",
      maxSockets: MAX_SOCKETS,
      autoSelectFamily: true,
      lookup: preferring(() => this.#remote),
      ...(localAddress === undefined ? {} : { localAddress }),
      ...(ca === undefined ? {} : { ca }),
    };
    this.agent = isSecure(url) ? new HttpsAgent(shared) : new HttpAgent(shared);
  }

  /** The address of the connection that was last answered on. */
  get remote(): RemoteAddress | undefined {
    return this.#remote;
  }

  /** Notes where an answer came from. */
  answeredOn(socket: Socket): void {
    const { remoteAddress: address, remoteFamily } = socket;
    if (address !== undefined) this.#remote = { address, family: remoteFamily === "IPv6" ? 6 : 4 };
  }

  close(): void {
    this.agent.destroy();
  }
}

/** What `http.AgentOptions` does not name, though an agent hands it on to `net.connect` and `tls.connect`. */
interface ConnectOptions {
  readonly lookup: LookupFunction;
  readonly autoSelectFamily: boolean;
  readonly localAddress?: string;
  readonly ca?: string;
}

export function isSecure(url: URL): boolean {
  return url.protocol === "https:";
}

/** A look-up that puts the known address first, then its family: that is the order in which they are tried. */
function preferring(known: () => RemoteAddress | undefined): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const ordered = inPreferredOrder(found, known());
      const [first] = ordered;
      if (error !== null || first === undefined) callback(error, "", 0);
      else if (options.all === true) callback(null, ordered);
      else callback(null, first.address, first.family);
    });
  };
}

/** @param found undefined after an error */
export function inPreferredOrder(
  found: readonly LookupAddress[] | undefined,
  known: RemoteAddress | undefined,
): LookupAddress[] {
  const rank = ({ address, family }: LookupAddress): number =>
    address === known?.address ? 0 : family === known?.family ? 1 : 2;
  return [...(found ?? [])].sort((a, b) => rank(a) - rank(b));
}
