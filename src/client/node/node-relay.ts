import { DuetError } from "../../protocol/problem.js";
import type { RemoteAddress } from "./http-agent.js";
import { createHttpTransport } from "./http-fetch.js";
import { type EventSourceMaker, createRelayClient } from "../relay-client.js";
import type { RelayConnection } from "../relay-connection.js";
import { dialStapler, staplerTarget } from "./stapler-dial.js";

/** How to reach a relay. */
export interface RelayOptions {
  /** `http:` or `https:`, with a path if the relay is under one. */
  readonly url: string;
  /** Of a private relay. */
  readonly accessToken?: string;
  /** PEM of an authority that is trusted instead of the usual ones. */
  readonly ca?: string;
  /** The own address to connect from, to the relay and to its stapler. */
  readonly localAddress?: string;
  /** For subscriptions: `await nodeEventSource()`. */
  readonly events?: (stream: Streaming) => EventSourceMaker;
  /** How long a call may take beside what it asks the relay to wait. */
  readonly patienceMs?: number;
}

/** The relay connection, and what only Node knows of it. */
export interface NodeRelayConnection extends RelayConnection {
  /** Where the relay was last reached. */
  remote(): RemoteAddress | undefined;
}

export type Streaming = ReturnType<typeof createHttpTransport>["stream"];

/**
 * A relay over `node:http`, with one keep-alive connection. Nothing is sent before the first call.
 *
 * @throws DuetError `usage` for what is not the address of a relay
 */
export function connectRelay(options: RelayOptions): NodeRelayConnection {
  const { accessToken, ca, localAddress, events, patienceMs } = options;
  const url = parseRelayUrl(options.url);
  const from = localAddress === undefined ? {} : { localAddress };
  const transport = createHttpTransport({ url, ...(ca === undefined ? {} : { ca }), ...from });
  const address = url.href.replace(/\/+$/, "");
  return {
    url: address,
    client: (uuid) =>
      createRelayClient({
        url: address,
        fetch: transport.fetch,
        ...(uuid === undefined ? {} : { uuid }),
        ...(accessToken === undefined ? {} : { accessToken }),
        ...(events === undefined ? {} : { events: events(transport.stream) }),
        ...(patienceMs === undefined ? {} : { patienceMs }),
      }),
    dial: (stapler, signal) => dialStapler(staplerTarget(stapler, transport.remote(), url), { signal, ...from }),
    remote: transport.remote,
    preconnect: transport.preconnect,
    close: transport.close,
  };
}

/** @throws DuetError `usage` */
export function parseRelayUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === "http:" || url?.protocol === "https:";
  if (
    url === undefined ||
    !isWeb ||
    url.username !== "" ||
    url.password !== "" ||
    url.search !== "" ||
    url.hash !== ""
  ) {
    throw new DuetError("usage", {
      message: "this is not the address of a relay",
      hint: "It looks like https://relay.example or http://192.0.2.1:8153.",
    });
  }
  return url;
}
