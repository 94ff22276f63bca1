import { Readable } from "node:stream";
import { EventSource } from "eventsource";
import type { Streaming } from "./node-relay.js";
import type { EventSourceMaker } from "../relay-client.js";

/**
 * Server-sent events in Node 20, which has no `EventSource`: over the relay's own transport, so that its authority
 * and its headers go along.
 *
 * @example
 * ```ts
 * const relay = connectRelay({ url, events: nodeEvents });
 * for await (const state of relay.client(uuid).watchChannel.subscribe({ channel })) …
 * ```
 */
export function nodeEvents(stream: Streaming): EventSourceMaker {
  return {
    EventSource,
    init: (headers) => ({
      fetch: async (url: string | URL, init: { headers?: Record<string, string>; signal?: AbortSignal }) => {
        const { signal } = init;
        const answer = await stream(String(url), {
          headers: { ...init.headers, ...headers },
          ...(signal === undefined ? {} : { signal }),
        });
        return {
          url: String(url),
          redirected: false,
          status: answer.statusCode ?? 0,
          headers: { get: (name: string) => answer.headersDistinct[name.toLowerCase()]?.join(", ") ?? null },
          body: Readable.toWeb(answer),
        };
      },
    }),
  };
}
