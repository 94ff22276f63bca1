import type { components, paths } from "./generated/schema.js";
import type { Relay } from "./relay.js";
import type { Answer, Arguments, Call, Method, Route } from "./routes.js";

type Opening = components["schemas"]["OpenChannelBody"];
type Opened = components["schemas"]["OpenedChannel"];
type Reason = NonNullable<components["schemas"]["CloseChannelPostBody"]["reason"]>;

/** The routes that are about one channel. */
export type ChannelRoute<M extends Method> = Extract<Route<M>, `${string}{channel}${string}`>;

/** A call from a seat: the seat knows channel and uuid. */
export type SeatCall<P extends keyof paths, M extends Method> = Omit<Call<P, M>, "path" | "uuid">;

/** One side of one channel. Made by `takeSeat`. */
export class Seat {
  readonly relay: Relay;
  readonly channel: string;
  /** The capability of this side. Secret. */
  readonly uuid: string;
  readonly role: "sender" | "recipient";
  /** What the relay answered: for a recipient x and curve are in it. */
  readonly opened: Opened;

  constructor(relay: Relay, uuid: string, opened: Opened) {
    this.relay = relay;
    this.uuid = uuid;
    this.opened = opened;
    this.channel = opened.channel;
    this.role = opened.role;
  }

  /** @example const { y, hh_k } = await seat.get("/sender/{channel}/y", { query: { wait: 30 } }); */
  get<P extends ChannelRoute<"get">>(route: P, ...[call]: Arguments<SeatCall<P, "get">>): Promise<Answer<P, "get">> {
    return this.relay.get(route, ...this.#mine<P, "get">(call));
  }

  /** @example await seat.post("/channel/{channel}", { body: { x, curve: "p557" } }); */
  post<P extends ChannelRoute<"post">>(
    route: P,
    ...[call]: Arguments<SeatCall<P, "post">>
  ): Promise<Answer<P, "post">> {
    return this.relay.post(route, ...this.#mine<P, "post">(call));
  }

  /** Ends the channel for both sides. */
  async close(reason: Reason = "done"): Promise<void> {
    await this.post("/close/{channel}", { body: { reason } });
  }

  #mine<P extends keyof paths, M extends Method>(call: object = {}): Arguments<Call<P, M>> {
    // Every route of `ChannelRoute` has exactly this parameter in its path.
    const whole = { ...call, path: { channel: this.channel }, uuid: this.uuid };
    return [whole] as unknown as Arguments<Call<P, M>>;
  }
}

export interface TakeSeatOptions extends Opening {
  /** Seconds to wait for the other side, as a recipient. */
  readonly wait?: number;
  readonly signal?: AbortSignal;
}

/**
 * Opens a channel as sender, or joins one as recipient. The capability is made here, so that the call can be made
 * again when its answer was lost: the same channel, role and uuid are the same seat.
 */
export async function takeSeat(relay: Relay, options: TakeSeatOptions = {}): Promise<Seat> {
  const { wait, signal, uuid = newUuid(), ...opening } = options;
  const opened = await relay.post("/open", {
    body: { ...opening, uuid },
    ...(wait === undefined ? {} : { query: { wait } }),
    ...(signal === undefined ? {} : { signal }),
  });
  return new Seat(relay, uuid, opened);
}

/** 16 random bytes in base64url: a UUID of version 4 has only 122 bits. */
export function newUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
