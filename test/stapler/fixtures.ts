import { EventEmitter, on, once } from "node:events";
import net from "node:net";
import type { ChannelName, Hk, Role, Uuid } from "../../src/protocol/names.js";
import { formatHelloLine } from "../../src/protocol/hello-line.js";
import type { Admission, Hello, Release, RoundRef } from "../../src/stapler/admission.js";
import type { Clock } from "../../src/stapler/clock.js";
import type { StaplerLimits } from "../../src/stapler/limits.js";
import { createStapler } from "../../src/stapler/server.js";
import type { Stapler, StaplerImplementation, StaplerLogger } from "../../src/stapler/stapler.js";

export const HK = "h".repeat(43) as Hk;
export const UUID = "u".repeat(22) as Uuid;

/** The hello line of a side of a channel. */
export function hello(role: Role, channel = "4821", uuid: Uuid | undefined = UUID): string {
  return formatHelloLine({ role, channel: channel as ChannelName, uuid, hK: HK });
}

export function roundOf(channel = "4821", round = 1): RoundRef {
  return { channel: channel as ChannelName, round };
}

/** A relay that lets everybody in, unless told otherwise, and notes what it hears. */
export class FakeAdmission implements Admission {
  /** `admit sender 4821`, `stapled 4821 1`, `ended 4821 1 sender`, in order. */
  readonly heard: string[] = [];
  /** What `admit` answers. */
  verdict: (hello: Hello, address: string) => RoundRef | Promise<RoundRef> = ({ channel }) => ({ channel, round: 1 });
  /** What the reports answer. */
  report: () => Promise<void> = () => Promise.resolve();
  readonly #events = new EventEmitter();

  async admit(hello: Hello, address: string): Promise<RoundRef> {
    this.#hear(`admit ${hello.role} ${hello.channel}`);
    return await this.verdict(hello, address);
  }

  stapled({ channel, round }: RoundRef): Promise<void> {
    this.#hear(`stapled ${channel} ${round}`);
    return this.report();
  }

  ended({ channel, round }: RoundRef, alone?: Role): Promise<void> {
    this.#hear(`ended ${channel} ${round}${alone === undefined ? "" : ` ${alone}`}`);
    return this.report();
  }

  async *releases(signal: AbortSignal): AsyncGenerator<Release> {
    try {
      for await (const [release] of on(this.#events, "release", { signal })) yield release as Release;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  release(code: Release["code"], round: RoundRef = roundOf()): void {
    this.#events.emit("release", { ...round, code });
  }

  /** Until this has been heard so many times. */
  async hears(text: string, times = 1): Promise<void> {
    while (this.heard.filter((one) => one === text).length < times) await once(this.#events, "heard");
  }

  #hear(text: string): void {
    this.heard.push(text);
    this.#events.emit("heard");
  }
}

/** Time that passes when a test says so. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; readonly run: () => void }>();

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get timers(): number {
    return this.#timers.size;
  }

  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
  }
}

/** A promise, and what settles it. Node 20 has no `Promise.withResolvers`. */
export function deferred<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Until it is so, as soon as the events that make it so were handled. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

export interface TestStapler extends AsyncDisposable {
  readonly stapler: Stapler;
  readonly admission: FakeAdmission;
  readonly clock: ManualClock;
  /** What was logged, as one text a line. */
  readonly logged: string[];
  /** Connects a peer. */
  peer(first?: string | Buffer, options?: Partial<net.TcpNetConnectOpts>): Peer;
  /** Lets everything that has reached the stapler's sockets be handled: makes another connection and awaits its answer. */
  roundTrip(): Promise<void>;
  /** Two peers that are spliced. */
  pair(channel?: string): Promise<[sender: Peer, recipient: Peer]>;
}

export async function testStapler(
  options: {
    readonly implementation?: StaplerImplementation;
    readonly limits?: Partial<StaplerLimits>;
    readonly host?: string;
    readonly admission?: FakeAdmission;
  } = {},
): Promise<TestStapler> {
  const { admission = new FakeAdmission(), host = "127.0.0.1", limits = {}, implementation = "bare" } = options;
  const clock = new ManualClock();
  const logged: string[] = [];
  const log = (fields: object, message: string): void => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const logger: StaplerLogger = { debug: log, warn: log };
  const stapler = await createStapler({ host, port: 0, admission, clock, limits, implementation, logger });
  const peers: Peer[] = [];
  const peer = (first: string | Buffer = "", extra: Partial<net.TcpNetConnectOpts> = {}): Peer => {
    const one = new Peer({ port: stapler.port, host, ...extra }, first);
    peers.push(one);
    return one;
  };
  const pair = async (channel?: string): Promise<[Peer, Peer]> => {
    const two: [Peer, Peer] = [peer(hello("sender", channel)), peer(hello("recipient", channel))];
    await Promise.all(two.map((one) => one.stapled()));
    return two;
  };
  const roundTrip = async (): Promise<void> => {
    // From another address: its refusals are not those of the peers.
    const other = peer("no hello line\n", { localAddress: "127.0.0.99" });
    await other.rest();
    other.destroy();
  };
  const stop = async (): Promise<void> => {
    for (const one of peers) one.destroy();
    await stapler.close();
  };
  return { stapler, admission, clock, logged, peer, pair, roundTrip, [Symbol.asyncDispose]: stop };
}

/** What libuv knows of a connection. */
interface TakenHandle {
  readonly bytesWritten: number;
  readonly writeQueueSize: number;
}

/** The other end of a connection to a stapler. */
export class Peer {
  readonly socket: net.Socket;
  /** Read, and not asked for yet. */
  #parts: Buffer[] = [];
  #broken = false;

  constructor(options: net.TcpNetConnectOpts, first: string | Buffer) {
    this.socket = net.connect({ allowHalfOpen: true, ...options });
    this.socket.on("error", () => {
      this.#broken = true;
    });
    if (first.length > 0) this.socket.write(first);
  }

  /** Up to and without the next LF; undefined at the end of the stream. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const read = this.#take();
      const end = read.indexOf("\n");
      this.#parts = [end === -1 ? read : read.subarray(end + 1)];
      if (end !== -1) return read.subarray(0, end).toString("latin1");
      if (!(await this.#more())) return undefined;
    }
  }

  /** Reads answers up to `stapled`. */
  async stapled(): Promise<void> {
    const line = await this.line();
    if (line === "waiting") return this.stapled();
    if (line !== "stapled") throw new Error(`answered ${line ?? "nothing"}`);
  }

  /** Exactly so many bytes. */
  async bytes(count: number): Promise<Buffer> {
    let length = this.#parts.reduce((sum, part) => sum + part.length, 0);
    while (length < count) {
      if (!(await this.#more())) throw new Error("ended too soon");
      length += this.#parts.at(-1)!.length;
    }
    const all = this.#take();
    this.#parts = [all.subarray(count)];
    return all.subarray(0, count);
  }

  /** All up to the end of the stream. */
  async rest(): Promise<Buffer> {
    while (await this.#more());
    return this.#take();
  }

  /** How much the kernel has taken of what was written: a socket counts a write only when all of it is out. */
  get taken(): number {
    // In no type, since it is not public API.
    const { _handle: handle } = this.socket as unknown as { readonly _handle: TakenHandle | null };
    return handle === null ? this.socket.bytesWritten : handle.bytesWritten - handle.writeQueueSize;
  }

  /** Until the stapler has let go of the connection, whichever way. */
  async gone(): Promise<void> {
    this.socket.resume();
    if (!this.socket.readableEnded && !this.socket.destroyed) {
      await new Promise((resolve) => this.socket.once("end", resolve).once("close", resolve));
    }
    this.socket.destroy();
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  end(bytes: string | Buffer = ""): void {
    this.socket.end(bytes);
  }

  destroy(): void {
    this.socket.destroy();
  }

  #take(): Buffer {
    const all = Buffer.concat(this.#parts);
    this.#parts = [];
    return all;
  }

  async #more(): Promise<boolean> {
    const { socket } = this;
    for (;;) {
      const bytes = socket.read() as Buffer | null;
      if (bytes !== null) {
        this.#parts.push(bytes);
        return true;
      }
      if (socket.readableEnded || socket.destroyed || this.#broken) return false;
      await new Promise<void>((resolve) => {
        const events = ["readable", "end", "close"] as const;
        const done = (): void => {
          for (const event of events) socket.off(event, done);
          resolve();
        };
        for (const event of events) socket.on(event, done);
      });
    }
  }
}
