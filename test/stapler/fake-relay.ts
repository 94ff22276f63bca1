import { EventEmitter, on, once } from "node:events";
import { type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { TRPCError, initTRPC } from "@trpc/server";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { z } from "zod";
import { DuetError, type ProblemCode } from "../../src/protocol/problem.js";
import type { Advertisement } from "../../src/relay/index.js";
import { type Door, type RelayCalls, callsTo } from "../../src/stapler/relay-calls.js";
import { INTERNAL_PATH, callsOver } from "../../src/stapler/relay-client.js";

const SECRET = "a secret of both";
const LEASE_MS = 30_000;

/** As the relay answers a wrong secret. */
const NOT_A_STAPLER = JSON.stringify({
  error: {
    message: "not a stapler of this relay",
    code: -32_003,
    data: { duet: { code: "not_yours", hint: "Set the same DUET_STAPLER_SECRET on both." } },
  },
});

const t = initTRPC.create({
  isDev: false,
  errorFormatter: ({ shape, error }) => ({
    ...shape,
    data: { ...shape.data, ...(error.cause instanceof DuetError ? { duet: { code: error.cause.code } } : {}) },
  }),
});

const ref = z.object({ stapler: z.string(), channel: z.string(), round: z.number(), role: z.string().optional() });

/** The relay's side door as far as a stapler sees it: over real HTTP, or in this process. It can go away and come back. */
export class FakeRelay implements AsyncDisposable {
  /** `register s1`, `admit sender 4821`, `stapled 4821 1`, `ended 4821 1 sender`, `releases s1`, in order. */
  readonly heard: string[] = [];
  /** What calls carried, whole. */
  readonly inputs: unknown[] = [];
  /** Answers an admission with a round, or refuses it by a code. */
  verdict: (channel: string, role: string) => number | ProblemCode | Promise<number> = () => 1;
  /** Answers the reports and the registration. */
  trouble: (call: string) => ProblemCode | undefined | Promise<undefined> = () => undefined;
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #known = new Set<string>();
  readonly #open = new Set<ServerResponse>();
  #server: Server | undefined;
  #port = 0;

  readonly #router = t.router({
    register: t.procedure
      .input(z.object({ id: z.string(), advertise: z.object({ host: z.string().nullable(), port: z.number() }) }))
      .mutation(async ({ input }) => {
        await this.#hear("register", `register ${input.id}`, input);
        const first = !this.#known.has(input.id);
        this.#known.add(input.id);
        return { lease_ms: LEASE_MS, first };
      }),
    admit: t.procedure.input(z.looseObject({ channel: z.string(), role: z.string() })).mutation(async ({ input }) => {
      await this.#hear("admit", `admit ${input.role} ${input.channel}`, input);
      const verdict = await this.verdict(input.channel, input.role);
      if (typeof verdict === "number") return { channel: input.channel, round: verdict };
      throw refusal(verdict);
    }),
    stapled: t.procedure.input(ref).mutation(async ({ input }) => {
      await this.#hear("stapled", `stapled ${input.channel} ${input.round}`, input);
    }),
    ended: t.procedure.input(ref).mutation(async ({ input }) => {
      const { channel, round, role } = input;
      await this.#hear("ended", ["ended", channel, round, role].filter((part) => part !== undefined).join(" "), input);
    }),
    releases: t.procedure.input(z.object({ stapler: z.string() })).subscription(
      async function* (
        this: FakeRelay,
        { input, signal }: { input: { stapler: string }; signal: AbortSignal | undefined },
      ) {
        const stop = signal === undefined ? {} : { signal };
        // Listens before it is heard: what is released right after must not be missed.
        const news = on(this.#events, "release", stop);
        await this.#hear("releases", `releases ${input.stapler}`, input);
        for await (const [release] of news) {
          if (release === "end") return;
          yield release as { channel: string; round: number; code: "closed" | "round_over" };
        }
      }.bind(this),
    ),
  });

  /** Over HTTP, with the secret. */
  calls(secret = SECRET): RelayCalls {
    return callsOver(`http://127.0.0.1:${this.#port}/`, secret);
  }

  /** In this process: errors are those of the rules, not tRPC's. */
  localCalls(): RelayCalls {
    const router = this.#router;
    const caller = router.createCaller({}, { onError: ({ error }) => throwCause(error) });
    // Names and shapes are those of the real door; that this one answers `register` later makes no difference.
    return callsTo({
      register: (id: string, advertise: Advertisement) => caller.register({ id, advertise }),
      admit: caller.admit,
      stapled: caller.stapled,
      ended: caller.ended,
      releases: async function* (stapler: string, signal: AbortSignal) {
        yield* await router.createCaller({}, { signal }).releases({ stapler });
      },
    } as unknown as Door);
  }

  /** Starts, or comes back on the same port. */
  async start(): Promise<void> {
    const handler = createHTTPHandler({ router: this.#router, basePath: `${INTERNAL_PATH}/` });
    this.#server = createServer((request, response) => {
      this.#open.add(response);
      if (request.headers.authorization === `Bearer ${SECRET}`) handler(request, response);
      else response.writeHead(403, { "Content-Type": "application/json" }).end(NOT_A_STAPLER);
    });
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Goes away at once, with all its connections. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  /** Loses its memory. */
  forget(): void {
    this.#known.clear();
  }

  /** Breaks every stream that is open. */
  breakStreams(): void {
    for (const response of this.#open) if (!response.writableEnded) response.destroy();
  }

  release(channel: string, round: number, code: "closed" | "round_over"): void {
    this.#events.emit("release", { channel, round, code });
  }

  endStreams(): void {
    this.#events.emit("release", "end");
  }

  /** Until this has been heard so many times. */
  async hears(text: string, times = 1): Promise<void> {
    while (this.count(text) < times) await once(this.#events, "heard");
  }

  count(text: string): number {
    return this.heard.filter((one) => one === text).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.endStreams();
    await this.stop();
  }

  async #hear(call: string, text: string, input: unknown): Promise<void> {
    this.heard.push(text);
    this.inputs.push(input);
    this.#events.emit("heard");
    const code = await this.trouble(call);
    if (code !== undefined) throw refusal(code);
  }
}

function throwCause(error: TRPCError): never {
  throw error.cause ?? error;
}

function refusal(code: ProblemCode): TRPCError {
  return new TRPCError({ code: "BAD_REQUEST", cause: new DuetError(code) });
}
