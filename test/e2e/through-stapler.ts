import {
  connectRelay,
  type Exchange,
  RecipientExchange,
  SenderExchange,
  type RelayConnection,
} from "../../src/client/index.js";
import { generateSecret } from "../../src/protocol/index.js";
import { createTestRelay } from "../../src/server/index.js";
import { receiveFiles, sendFiles } from "../../src/transfer/index.js";
import type { TransferEvent } from "../../src/transfer/events.js";
import { randomBytes } from "node:crypto";
import { lineProxy, type LineProxyOptions } from "./line-proxy.js";

export interface ThroughStapler {
  readonly from: string;
  readonly to: string;
  /** Who is behind the proxy. */
  readonly victim: "sender" | "recipient";
  readonly filters: LineProxyOptions["filters"];
  readonly isReset?: LineProxyOptions["isReset"];
  readonly chunk?: number;
  readonly waitForPeerMs?: number;
  readonly onEvent?: (event: TransferEvent) => void;
}

/** A real transfer through a relay and a stapler of this process, with a proxy on one of the two lines. @returns how each side ended */
export async function throughStapler(options: ThroughStapler): Promise<readonly [sent: string, received: string]> {
  const { from, to, victim, filters, isReset = false, chunk, waitForPeerMs = 20_000, onEvent } = options;
  await using server = await createTestRelay();
  await using proxy = await lineProxy({ port: server.staplerPort, filters, isReset });
  const stop = new AbortController();
  const { signal } = stop;
  const secret = generateSecret(3, randomBytes);
  const relays = (["sender", "recipient"] as const).map((role) => {
    const relay = connectRelay({ url: `http://127.0.0.1:${server.port}` });
    return role === victim ? behind(relay, proxy.port) : relay;
  });
  const [relayOfSender, relayOfRecipient] = relays;
  if (relayOfSender === undefined || relayOfRecipient === undefined) throw new Error("two relays");
  const common = {
    secret,
    signal,
    waitForPeerMs,
    curve: "ristretto255",
    ...(chunk === undefined ? {} : { chunk }),
  } as const;
  const sender = new SenderExchange({ ...common, relay: relayOfSender });
  const { channel } = await sender.open();
  const recipient = new RecipientExchange({ ...common, relay: relayOfRecipient, channel });
  const fate = async (exchange: Exchange, transfer: Promise<unknown>): Promise<string> => {
    const outcome = await transfer.then(
      () => "done",
      (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : String(error)),
    );
    if (outcome !== "done") await exchange.close("failed");
    return outcome;
  };
  try {
    return await Promise.all([
      fate(sender, sendFiles({ exchange: sender, content: { paths: [from] }, signal, waitForPeerMs })),
      fate(
        recipient,
        receiveFiles({
          exchange: recipient,
          out: to,
          consent: async () => ({ accept: true }),
          umask: 0,
          signal,
          waitForPeerMs,
          ...(onEvent === undefined ? {} : { onEvent }),
        }),
      ),
    ]);
  } finally {
    for (const relay of relays) relay.close();
  }
}

/** The same relay, with the stapler elsewhere. */
function behind(relay: RelayConnection, port: number): RelayConnection {
  return {
    url: relay.url,
    client: (uuid) => relay.client(uuid),
    preconnect: () => relay.preconnect(),
    dial: (_stapler, signal) => relay.dial({ host: "127.0.0.1", port, websocket_url: null }, signal),
    close: () => relay.close(),
  };
}
