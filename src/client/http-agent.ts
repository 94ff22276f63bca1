import { type LookupAddress, lookup } from "node:dns";
import { Agent as HttpAgent, type AgentOptions } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { type LookupFunction, Socket, isIP } from "node:net";
import type { Duplex } from "node:stream";

/** Where the relay's HTTP connection leads: a stapler without a host of its own is dialled there. */
export interface RemoteAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

export interface RelayAgentOptions {
  /** Only the origin counts. */
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
  readonly #connect: () => Duplex | null | undefined;
  #remote: RemoteAddress | undefined;
  #spare: Duplex | undefined;
  readonly #madeAhead = new WeakSet<Duplex>();

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
    const connect = this.agent.createConnection.bind(this.agent);
    this.#connect = () => connect({ ...shared, ...target(url) });
    this.agent.createConnection = (request) => this.#takeSpare() ?? connect(request);
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

  /**
   * Connects ahead of the first call, while a code is being typed: TCP, and TLS where it is used. A failure is
   * kept quiet here; the call that follows finds it out for itself.
   */
  preconnect(): void {
    if (this.#spare !== undefined) return;
    const spare = this.#connect();
    if (!(spare instanceof Socket)) return;
    this.#spare = spare;
    this.#madeAhead.add(spare);
    spare.unref();
    spare.on("error", () => {});
    spare.once("close", () => {
      if (this.#spare === spare) this.#spare = undefined;
    });
  }

  /** Whether a connection was made ahead of its first call: the relay may have let go of it meanwhile. */
  wasMadeAhead(socket: Duplex | null): boolean {
    return socket !== null && this.#madeAhead.has(socket);
  }

  close(): void {
    this.#spare?.destroy();
    this.agent.destroy();
  }

  /** The connection made ahead, unless the relay has ended it or sent something on it (such as 408) meanwhile. */
  #takeSpare(): Duplex | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    if (!(spare instanceof Socket)) return undefined;
    if (spare.destroyed || spare.readableEnded || spare.readableLength > 0) {
      spare.destroy();
      return undefined;
    }
    return spare.ref();
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

function target(url: URL): { host: string; port: number; servername?: string } {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? (isSecure(url) ? 443 : 80) : Number(url.port);
  return isIP(host) === 0 ? { host, port, servername: host } : { host, port };
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
