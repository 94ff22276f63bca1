import type { PeerStream } from "../../src/client/peer-stream.js";
import { DuetError } from "../../src/protocol/problem.js";

/** After so many writes in a row the event loop gets its turn, as it does with a real socket: timers must run. */
const WRITES_IN_A_ROW = 16;
/** What a kernel holds between two processes, more or less. */
const BUFFER_BYTES = 256 * 1024;

/** Sees what goes over the line, and says what arrives instead. `cut` breaks the line behind it. */
export type Tap = (bytes: Uint8Array, cut: () => void) => Uint8Array;

export interface StreamPairOptions {
  /** On what the first end sends. */
  readonly tapA?: Tap;
  /** On what the second end sends. */
  readonly tapB?: Tap;
}

/** Two ends of one line in memory, with bounded buffers, half-close and breaking. */
export function createStreamPair({ tapA, tapB }: StreamPairOptions = {}): readonly [MemoryStream, MemoryStream] {
  const [toB, toA] = [new Pipe(), new Pipe()];
  const cut = (): void => {
    toA.fail();
    toB.fail();
  };
  return [new MemoryStream(toA, toB, cut, tapA), new MemoryStream(toB, toA, cut, tapB)];
}

/** One end. */
export class MemoryStream implements PeerStream {
  readonly closed: Promise<void>;
  readonly #incoming: Pipe;
  readonly #outgoing: Pipe;
  readonly #tap: Tap;
  readonly #cut: () => void;

  constructor(incoming: Pipe, outgoing: Pipe, cut: () => void, tap: Tap = (bytes) => bytes) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#tap = tap;
    this.#cut = cut;
    this.closed = Promise.all([incoming.over, outgoing.over]).then(() => {});
  }

  async readFully(target: Uint8Array): Promise<number> {
    return await this.#incoming.readFully(target);
  }

  async write(parts: readonly Uint8Array[]): Promise<void> {
    // A copy, as a kernel makes one.
    const bytes = this.#tap(new Uint8Array(Buffer.concat(parts)), this.#cut);
    await this.#outgoing.write(bytes);
  }

  async end(): Promise<void> {
    this.#outgoing.end();
  }

  /** What has arrived can still be read by the other end; then it finds the line broken, or ended if this was. */
  destroy(): void {
    this.#incoming.fail();
    this.#outgoing.fail({ keepsBytes: true });
  }

  /** Breaks the line for both ends. */
  cut(): void {
    this.#cut();
  }
}

/** One direction. */
class Pipe {
  readonly over: Promise<void>;
  #settle = (): void => {};
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #ended = false;
  #failed = false;
  #wakeReader = (): void => {};
  readonly #writers: (() => void)[] = [];
  #isReading = false;
  #writes = 0;

  constructor() {
    this.over = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  async readFully(target: Uint8Array): Promise<number> {
    if (this.#isReading) throw new Error("one read at a time");
    this.#isReading = true;
    try {
      return await this.#fill(target);
    } finally {
      this.#isReading = false;
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#failed || this.#ended) throw new DuetError("connection_lost");
    if (bytes.length > 0) this.#chunks.push(bytes);
    this.#bytes += bytes.length;
    this.#wakeReader();
    if (++this.#writes % WRITES_IN_A_ROW === 0) await new Promise((resolve) => setImmediate(resolve));
    while (this.#bytes > BUFFER_BYTES && !this.#failed)
      await new Promise<void>((resolve) => this.#writers.push(resolve));
    if (this.#failed) throw new DuetError("connection_lost");
  }

  end(): void {
    this.#ended = true;
    this.#wakeReader();
  }

  fail({ keepsBytes = false } = {}): void {
    if (!keepsBytes) this.#chunks = [];
    this.#failed = true;
    this.#wakeReader();
    this.#wakeWriters();
    this.#settle();
  }

  async #fill(target: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      const [chunk] = this.#chunks;
      if (chunk === undefined) {
        if (this.#ended) {
          this.#settle();
          return filled;
        }
        if (this.#failed) throw new DuetError("connection_lost");
        await new Promise<void>((resolve) => {
          this.#wakeReader = resolve;
        });
        continue;
      }
      const part = chunk.subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
      this.#bytes -= part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
      this.#wakeWriters();
    }
    return filled;
  }

  #wakeWriters(): void {
    for (const wake of this.#writers.splice(0)) wake();
  }
}
