import { Agent, request, type IncomingHttpHeaders } from "node:http";
import { createTRPCClient, localLink, type TRPCClient } from "@trpc/client";
import { onTestFinished } from "vitest";
import { internalRouter, type InternalRouter } from "../../src/relay/internal/router.js";
import { createRelay, type Relay, type RelayOptions } from "../../src/relay/index.js";
import { expectDocumented } from "./document-check.js";

/** The fields that tests look at. */
export interface Body {
  readonly success?: boolean;
  readonly message?: string;
  readonly channel?: string;
  readonly uuid?: string;
  readonly round?: number;
  readonly role?: string;
  readonly code?: string;
  readonly hint?: string;
  readonly status?: number;
  readonly type?: string;
  readonly request_id?: string;
  readonly x?: string;
  readonly y?: string;
  readonly hh_k?: string;
  readonly h_k?: string;
  readonly ready?: boolean;
  readonly stapler?: { readonly host: string | null; readonly port: number; readonly websocket_url: string | null };
  readonly [other: string]: unknown;
}

/** What a call got. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The JSON of the body; empty if it is none. */
  readonly body: Body;
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: string | Buffer;
  readonly signal?: AbortSignal;
  /** The answer is not ours, and need not be in the document. */
  readonly undocumented?: boolean;
}

/** Somebody at one address of the loopback network. */
export interface Peer {
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

export interface TestRelay {
  readonly relay: Relay;
  /** The internal router as a stapler apart has it, without HTTP. */
  readonly internal: TRPCClient<InternalRouter>;
  /** @param address like 127.0.0.2: all of 127.0.0.0/8 is this machine */
  readonly at: (address: string) => Peer;
}

/** The port that the stapler of the tests is said to have. Nobody connects. */
export const STAPLER_PORT = 8154;
/** The name of the stapler of the tests. */
export const STAPLER = "stapler-of-the-test";

/** A relay of one test, gone with it, at which one stapler is registered. Without rate limit unless the test sets one. */
export async function startRelay(options: Partial<RelayOptions> = {}): Promise<TestRelay> {
  const relay = await startBareRelay(options);
  await relay.internal.register.mutate({ id: STAPLER, advertise: { host: null, port: STAPLER_PORT } });
  return relay;
}

/** The same without a stapler. */
export async function startBareRelay(options: Partial<RelayOptions> = {}): Promise<TestRelay> {
  const relay = await createRelay({ version: "0.0.0", rateLimit: "off", ...options });
  onTestFinished(() => relay.close({ graceMs: 0 }));
  const internal = createTRPCClient<InternalRouter>({
    links: [localLink({ router: internalRouter, createContext: () => Promise.resolve({ door: relay.door }) })],
  });
  return { relay, internal, at: (address) => peerAt(address, relay.port) };
}

/** A peer with one connection that stays. */
export function peerAt(address: string, port: number): Peer {
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  onTestFinished(() => agent.destroy());
  const call = async (method: string, path: string, options: CallOptions = {}): Promise<Answer> => {
    const answer = await send(agent, address, port, method, path, options);
    if (options.undocumented !== true) expectDocumented(method, path, answer);
    return answer;
  };
  return {
    call,
    get: (path, headers = {}) => call("GET", path, { headers }),
    post: (path, body, headers = {}) => call("POST", path, body === undefined ? { headers } : { headers, body }),
  };
}

/** The header that proves a seat. */
export function bearer(uuid: string | undefined): Readonly<Record<string, string>> {
  return { Authorization: `Bearer ${uuid}` };
}

function send(
  agent: Agent,
  address: string,
  port: number,
  method: string,
  path: string,
  options: CallOptions,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const body = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    const headers = {
      ...(body === undefined
        ? {}
        : { "Content-Type": "application/json", "Content-Length": String(Buffer.byteLength(body)) }),
      ...options.headers,
    };
    const signal = options.signal === undefined ? {} : { signal: options.signal };
    const outgoing = request(
      { agent, host: "127.0.0.1", port, localAddress: address, method, path, headers, ...signal },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          const isJson = incoming.headers["content-type"]?.includes("json") === true && text !== "";
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text,
            body: isJson ? (JSON.parse(text) as Body) : {},
          });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
