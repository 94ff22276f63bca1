import { once } from "node:events";
import net from "node:net";
import type { StaplerErrorCode } from "../protocol/hello-line.js";
import { type Arrival, awaitHello } from "./arrival.js";
import { type BareConnection, acceptHandles } from "./bare-handles.js";
import { BufferPool } from "./buffers.js";
import { type Clock, systemClock } from "./clock.js";
import { Doors, type Visit } from "./doors.js";
import { type GuestServices, turnAway } from "./guest.js";
import type { Leg } from "./leg.js";
import { BACKLOG, KEEP_ALIVE_MS, defaultLimits } from "./limits.js";
import { OnreadLeg, takeHandle } from "./onread-leg.js";
import { bestImplementation } from "./onread-support.js";
import { Pairs } from "./pairs.js";
import { PUBLIC_HIGH_WATER_BYTES, PublicLeg } from "./public-leg.js";
import { reasonOf } from "./reason.js";
import type { Stapler, StaplerCounts, StaplerImplementation, StaplerLogger, StaplerOptions } from "./stapler.js";

/** Connections over a limit that are told so at one time; any more are dropped without a word. */
const MOST_REFUSALS = 64;

/** Starts a stapler: step 15 of the exchange, on a TCP port. Resolves when it listens. */
export async function createStapler(options: StaplerOptions): Promise<Stapler> {
  const { implementation = "auto" } = options;
  const chosen = implementation === "auto" ? await bestImplementation() : implementation;
  const stapler = new TcpStapler(options, chosen);
  await stapler.listen(options.host, options.port);
  return stapler;
}

class TcpStapler implements Stapler {
  readonly implementation: StaplerImplementation;
  readonly #clock: Clock;
  readonly #logger: StaplerLogger | undefined;
  readonly #pool: BufferPool;
  readonly #doors: Doors;
  readonly #pairs: Pairs;
  readonly #services: GuestServices;
  readonly #server: net.Server;
  readonly #legs = new Set<Leg>();
  readonly #arrivals = new Set<Arrival>();
  /** Calls to the relay that are under way. */
  readonly #reports = new Set<Promise<void>>();
  readonly #ended = new AbortController();
  readonly #refused: Partial<Record<StaplerErrorCode, number>> = {};
  #address: net.AddressInfo = { address: "", family: "", port: 0 };
  #refusing = 0;
  #stapled = 0;
  #bytes = 0;
  #closing: Promise<void> | undefined;
  #whenEmpty: () => void = () => {};

  constructor(
    { admission, limits, clock = systemClock, logger }: StaplerOptions,
    implementation: StaplerImplementation,
  ) {
    const bounds = { ...defaultLimits(), ...limits };
    this.implementation = implementation;
    this.#clock = clock;
    this.#logger = logger;
    this.#pool = new BufferPool(clock);
    this.#doors = new Doors(bounds, clock);
    this.#pairs = new Pairs({
      clock,
      quietSpliceMs: bounds.quietSpliceMs,
      moved: (bytes) => {
        this.#bytes += bytes;
      },
      stapled: (round) => {
        this.#stapled += 1;
        this.#report(admission.stapled(round));
      },
      ended: (round, alone) => this.#report(admission.ended(round, alone)),
    });
    this.#services = {
      admission,
      pairs: this.#pairs,
      clock,
      turns: this.#pool.turns,
      limits: bounds,
      refused: (code) => {
        this.#refused[code] = (this.#refused[code] ?? 0) + 1;
      },
      failed: (error) => this.#warn(error, "the relay could not be asked"),
    };
    this.#server = net.createServer({
      pauseOnConnect: true,
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
      highWaterMark: PUBLIC_HIGH_WATER_BYTES,
    });
    this.#server.on("connection", (socket) => this.#connected(socket));
    void this.#followReleases(admission.releases(this.#ended.signal));
  }

  async listen(host: string, port: number): Promise<void> {
    try {
      this.#server.listen({ host, port, backlog: BACKLOG });
      await once(this.#server, "listening");
    } catch (error) {
      this.#ended.abort();
      throw error;
    }
    if (this.implementation === "bare") acceptHandles(this.#server, (bare) => this.#connectedBare(bare));
    // Without a listener one failed accept, for want of descriptors, would end the process.
    this.#server.on("error", (error) => this.#warn(error, "a connection could not be accepted"));
    // The address of a listening TCP server is always of this type.
    this.#address = this.#server.address() as net.AddressInfo;
  }

  get address(): string {
    return this.#address.address;
  }

  get port(): number {
    return this.#address.port;
  }

  counts(): StaplerCounts {
    return {
      connections: this.#legs.size,
      unadmitted: this.#doors.unadmitted,
      waiting: this.#pairs.waiting,
      pairs: this.#pairs.spliced,
      stapled: this.#stapled,
      bytes: this.#bytes,
      heldBytes: [...this.#legs].reduce((sum, { held }) => sum + held, 0),
      bufferBytes: this.#pool.bytes,
      refused: { ...this.#refused },
    };
  }

  accept(leg: Leg): void {
    const visit = this.#doors.enter(leg.remoteAddress);
    if (visit === undefined && this.#refusing >= MOST_REFUSALS) leg.destroy();
    else this.#receive(leg, visit);
  }

  close({ graceMs = 0 }: { readonly graceMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #connected(socket: net.Socket): void {
    const { remoteAddress } = socket;
    const visit = remoteAddress === undefined ? undefined : this.#doors.enter(remoteAddress);
    // No address: the peer is gone already.
    if (remoteAddress === undefined || (visit === undefined && this.#refusing >= MOST_REFUSALS)) {
      socket.destroy();
      return;
    }
    this.#receive(
      this.implementation === "public"
        ? new PublicLeg(socket, remoteAddress)
        : new OnreadLeg(takeHandle(socket), remoteAddress, this.#pool),
      visit,
    );
  }

  #connectedBare({ handle, remoteAddress, close }: BareConnection): void {
    const visit = this.#doors.enter(remoteAddress);
    if (visit === undefined && this.#refusing >= MOST_REFUSALS) close();
    else this.#receive(new OnreadLeg(handle, remoteAddress, this.#pool), visit);
  }

  #receive(leg: Leg, visit: Visit | undefined): void {
    this.#legs.add(leg);
    if (visit === undefined) this.#refusing += 1;
    leg.whenGone(() => {
      this.#legs.delete(leg);
      if (visit === undefined) this.#refusing -= 1;
      else visit.left();
      if (this.#legs.size === 0) this.#whenEmpty();
    });
    if (visit === undefined) turnAway(leg, "busy", this.#services);
    else if (this.#closing !== undefined) turnAway(leg, "unavailable", this.#services);
    else awaitHello(leg, visit, this.#services, this.#arrivals);
  }

  async #followReleases(releases: ReturnType<StaplerOptions["admission"]["releases"]>): Promise<void> {
    try {
      for await (const release of releases) this.#pairs.release(release);
    } catch (error) {
      this.#warn(error, "the relay tells no more of rounds that end");
    }
  }

  #report(call: Promise<void>): void {
    const report = call
      .catch((error: unknown) => this.#warn(error, "the relay could not be told"))
      .finally(() => this.#reports.delete(report));
    this.#reports.add(report);
  }

  async #close(graceMs: number): Promise<void> {
    const closed = new Promise<unknown>((resolve) => this.#server.close(resolve));
    for (const arrival of this.#arrivals) arrival.refuse("unavailable");
    this.#pairs.stop();
    const cancel = this.#clock.after(graceMs, () => this.#destroyAll());
    if (graceMs === 0) this.#destroyAll();
    if (this.#legs.size > 0) await new Promise<void>((resolve) => (this.#whenEmpty = resolve));
    cancel();
    await closed;
    await Promise.all(this.#reports);
    this.#ended.abort();
  }

  #destroyAll(): void {
    for (const leg of this.#legs) leg.destroy();
  }

  /** Only the text: an error may carry what must not be logged. */
  #warn(error: unknown, message: string): void {
    this.#logger?.warn({ reason: reasonOf(error) }, message);
  }
}
