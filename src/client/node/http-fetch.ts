import { type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { setTimeout } from "node:timers/promises";
import { DuetError } from "../../protocol/problem.js";
import type { HttpAnswer, HttpCall } from "../relay-client.js";
import { RelayAgent, type RelayAgentOptions, type RemoteAddress, isSecure } from "./http-agent.js";

/** HTTP to one relay, over one keep-alive connection wherever that is possible. */
export interface HttpTransport {
  readonly fetch: (url: string, call?: HttpCall) => Promise<HttpAnswer>;
  /** As `fetch`, for an answer without an end: it is handed out unread and unbounded. */
  readonly stream: (url: string, call?: HttpCall) => Promise<IncomingMessage>;
  /** Where the relay was last reached; undefined before its first answer. */
  readonly remote: () => RemoteAddress | undefined;
  /** Has a connection ready for the first call, which may take minutes to come. */
  readonly preconnect: () => void;
  readonly close: () => void;
}

/** An answer of a relay has at most two shares of 4 KiB; a relay that sends more than this is none. */
export const ANSWER_MAX_BYTES = 256 * 1024;

/** Less than the 30 s for which our relays keep an idle connection. */
const WARM_MS = 20_000;
/** Five minutes: who has not typed a code by then has gone away. */
const WARM_RENEWALS = 15;

/**
 * A fetch-shaped client over `node:http`: the global `fetch` of Node loads more than the rest of the client
 * together, takes no certificate authority, and does not tell which address it reached.
 */
export function createHttpTransport(options: RelayAgentOptions): HttpTransport {
  const relay = new RelayAgent(options);
  const send = isSecure(options.url) ? requestHttps : requestHttp;

  const once = (url: string, call: HttpCall): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { method = "GET", headers = {}, body, signal } = call;
      const settings: RequestOptions = { method, headers: { ...headers }, agent: relay.agent };
      if (body !== undefined) settings.headers = { ...headers, "content-length": Buffer.byteLength(body) };
      if (signal !== undefined) settings.signal = signal;
      const request = send(url, settings);
      request.once("response", (answer) => {
        relay.answeredOn(answer.socket);
        resolve(answer);
      });
      request.on("error", (error) => reject(request.reusedSocket ? new StaleConnection(error) : error));
      request.end(body);
    });

  const start = async (url: string, call: HttpCall): Promise<IncomingMessage> => {
    try {
      return await once(url, call);
    } catch (error) {
      call.signal?.throwIfAborted();
      if (!(error instanceof StaleConnection)) throw error;
      return await once(url, call);
    }
  };

  const renewal = new AbortController();

  return {
    stream: async (url, call = {}) => await start(url, call),
    fetch: async (url, call = {}) => {
      renewal.abort();
      const message = await start(url, call);
      const text = await readText(message);
      return {
        status: message.statusCode ?? 0,
        ok: message.statusCode !== undefined && message.statusCode >= 200 && message.statusCode < 300,
        headers: { get: (name) => message.headersDistinct[name.toLowerCase()]?.join(", ") ?? null },
        json: () => Promise.resolve(text).then((json): unknown => JSON.parse(json)),
      };
    },
    remote: () => relay.remote,
    preconnect: () => void keepWarm(`${options.url.href.replace(/\/+$/, "")}/health`, once, renewal.signal),
    close: () => {
      renewal.abort();
      relay.close();
    },
  };
}

/**
 * Has a connection ready for the first call, for as long as a person may take to type a code. By a question that costs
 * the relay nothing: a connection on which nothing is asked is closed sooner. A failure is kept quiet; the call that
 * follows finds it out for itself.
 *
 * @param over the first call has come
 */
async function keepWarm(
  url: string,
  ask: (url: string, call: HttpCall) => Promise<IncomingMessage>,
  over: AbortSignal,
): Promise<void> {
  try {
    for (let renewals = 0; renewals < WARM_RENEWALS && !over.aborted; renewals++) {
      (await ask(url, {})).resume();
      await setTimeout(WARM_MS, undefined, { signal: over, ref: false });
    }
  } catch {
    // The relay cannot be reached, or is needed now.
  }
}

/** A kept connection broke at its next use: the relay had let go of it meanwhile, which says nothing about the relay. */
class StaleConnection extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

async function readText(message: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of message as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > ANSWER_MAX_BYTES) {
      message.destroy();
      throw new DuetError("relay_refused", { message: "the answer is too long to be a relay's" });
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
