import { type NodeRelayConnection, type RelayOptions, connectRelay } from "../../src/client/node/node-relay.js";
import type { ExchangeEvent, Meeting } from "../../src/client/exchange.js";
import { RecipientExchange, type RecipientExchangeOptions } from "../../src/client/recipient.js";
import { SenderExchange } from "../../src/client/sender.js";
import type { ChannelName } from "../../src/protocol/names.js";
import { DuetError } from "../../src/protocol/problem.js";
import { Secret } from "../../src/protocol/secret.js";
import { type DuetServer, type ServerOptions, startServer } from "../../src/server/index.js";

export const WORDS = "cactus-lemon-violin";

export function secretOf(words: string = WORDS): Secret {
  return new Secret(new TextEncoder().encode(words));
}

/** A relay and a stapler in this process, on free ports of loopback. */
export interface World extends AsyncDisposable {
  readonly server: DuetServer;
  readonly url: string;
  /** A connection of one peer; let go of with the world. */
  connect(options?: Partial<RelayOptions>): NodeRelayConnection;
  /** Both sides of an exchange on one channel, each with a connection of its own. */
  pair(options?: PairOptions): Pair;
  /** Stops relay and stapler and starts others on the same ports, which know nothing of the first ones' channels. */
  restart(): Promise<void>;
}

export interface PairOptions {
  readonly channel?: string;
  readonly sender?: Partial<RecipientExchangeOptions>;
  readonly recipient?: Partial<RecipientExchangeOptions>;
  /** Where the peers think that the relay is. */
  readonly url?: string;
}

export interface Pair {
  readonly sender: SenderExchange;
  readonly recipient: RecipientExchange;
  readonly events: { readonly sender: ExchangeEvent[]; readonly recipient: ExchangeEvent[] };
}

export async function createWorld(options: Partial<ServerOptions> = {}): Promise<World> {
  const chosen = { version: "0.0.0", rateLimit: "off", ...options } as const;
  let server = await startServer(chosen);
  const { url } = server;
  const connections: NodeRelayConnection[] = [];
  const over = new AbortController();
  const connect = (more: Partial<RelayOptions> = {}): NodeRelayConnection => {
    const connection = connectRelay({ url, ...more });
    connections.push(connection);
    return connection;
  };
  return {
    get server() {
      return server;
    },
    url,
    connect,
    pair: ({ channel = "4821", url: at = url, sender = {}, recipient = {} } = {}) => {
      const events: { sender: ExchangeEvent[]; recipient: ExchangeEvent[] } = { sender: [], recipient: [] };
      const shared = {
        channel: channel as ChannelName,
        secret: secretOf(),
        signal: over.signal,
        waitForPeerMs: 20_000,
        curve: "ristretto255",
      } as const;
      return {
        events,
        sender: new SenderExchange({
          ...shared,
          relay: connect({ url: at }),
          onEvent: (event) => events.sender.push(event),
          ...sender,
        }),
        recipient: new RecipientExchange({
          ...shared,
          relay: connect({ url: at }),
          onEvent: (event) => events.recipient.push(event),
          ...recipient,
        }),
      };
    },
    restart: async () => {
      const { port, staplerPort } = server;
      await server.close();
      server = await startServer({ ...chosen, port, staplerPort });
    },
    [Symbol.asyncDispose]: async () => {
      over.abort(new DuetError("interrupted"));
      for (const connection of connections) connection.close();
      await server.close();
    },
  };
}

/** Both sides meet. */
export async function meet({ sender, recipient }: Pair): Promise<{ sender: Meeting; recipient: Meeting }> {
  const [fromSender, fromRecipient] = await Promise.all([sender.meet(), recipient.meet()]);
  return { sender: fromSender, recipient: fromRecipient };
}

/** Sends a text each way over a new connection of a meeting. */
export async function talk(meeting: { sender: Meeting; recipient: Meeting }): Promise<void> {
  const { signal } = new AbortController();
  const [sender, recipient] = await Promise.all([meeting.sender.dial(signal), meeting.recipient.dial(signal)]);
  await Promise.all([
    sender.write([new TextEncoder().encode("ping")]),
    recipient.write([new TextEncoder().encode("pong")]),
  ]);
  const [toSender, toRecipient] = [new Uint8Array(4), new Uint8Array(4)];
  await Promise.all([sender.readFully(toSender), recipient.readFully(toRecipient)]);
  if (String.fromCharCode(...toRecipient, ...toSender) !== "pingpong") throw new Error("the bytes did not arrive");
  sender.destroy();
  recipient.destroy();
  await Promise.all([sender.closed, recipient.closed]);
}
