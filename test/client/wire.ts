import type { IncomingMessage, ServerResponse } from "node:http";
import { type TestServer, httpServer } from "./servers.js";

/** A call on its way through the wire: the procedure of the router, and what is said both ways. */
export interface WireCall {
  readonly procedure: string;
  /** What the caller proves itself with. */
  readonly uuid: string | undefined;
  readonly input: Record<string, unknown>;
  /** The answer's data, or undefined when the relay refused. */
  output?: Record<string, unknown>;
  readonly status?: number;
}

/**
 * What somebody between a peer and its relay, or the relay itself, does to a call. Before it reaches the relay the
 * input may be changed, or the call answered; after it the output may be.
 */
export interface Meddler {
  /** @returns `drop`: the connection breaks; an object: the answer, without asking the relay */
  before?(call: WireCall): "drop" | { readonly status: number; readonly body: unknown } | undefined | void;
  /** @returns `drop`: the relay has done it, and the answer is lost */
  after?(
    call: WireCall & { readonly output: Record<string, unknown> },
  ): "drop" | undefined | void | Promise<"drop" | undefined | void>;
}

/** A relay as its peers see it through somebody else's hands. */
export interface Wire extends AsyncDisposable {
  readonly url: string;
  /** Every call that came, in order, with its answer once there is one. */
  readonly calls: readonly WireCall[];
  /** Every byte that peers sent and got, as text. */
  readonly transcript: string;
}

/** An error of a relay, as tRPC sends it. */
export function refusal(code: string, status: number, extensions: object = {}): { status: number; body: unknown } {
  const error = {
    message: code,
    code: -32600,
    data: { code: "BAD_REQUEST", httpStatus: status, path: "", duet: { ...extensions, code, message: code, hint: "" } },
  };
  return { status, body: { error } };
}

export async function createWire(relayUrl: string, meddler: Meddler = {}): Promise<Wire> {
  const calls: WireCall[] = [];
  let transcript = "";
  const server: TestServer = await httpServer((request, response) => {
    void pass(request, response).catch(() => response.destroy());
  });

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const part of request) body += String(part);
    const url = new URL(request.url ?? "/", relayUrl);
    const input = JSON.parse(request.method === "GET" ? (url.searchParams.get("input") ?? "{}") : body) as Record<
      string,
      unknown
    >;
    const authorization = request.headers.authorization;
    const uuid = authorization?.replace("Bearer ", "");
    transcript += `${request.url ?? ""} ${authorization ?? ""} ${body}\n`;
    const call: WireCall & { status?: number } = { procedure: url.pathname.replace("/trpc/", ""), uuid, input };
    calls.push(call);
    const verdict = meddler.before?.(call);
    if (verdict === "drop") return void response.destroy();
    if (verdict !== undefined) return send(response, verdict.status, verdict.body);
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    if (request.method === "GET") url.searchParams.set("input", JSON.stringify(input));
    const answer = await fetch(url, {
      method: request.method ?? "GET",
      headers: { "content-type": "application/json", ...(authorization === undefined ? {} : { authorization }) },
      ...(request.method === "POST" ? { body: JSON.stringify(input) } : {}),
      signal: gone.signal,
    });
    const told = (await answer.json()) as { result?: { data: Record<string, unknown> } };
    call.status = answer.status;
    if (told.result !== undefined) {
      const output = told.result.data;
      call.output = output;
      if ((await meddler.after?.({ ...call, output })) === "drop") return void response.destroy();
    }
    send(response, answer.status, told);
  }

  function send(response: ServerResponse, status: number, body: unknown): void {
    const text = JSON.stringify(body);
    transcript += `${status} ${text}\n`;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(text);
  }

  return {
    url: server.url,
    calls,
    get transcript() {
      return transcript;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
