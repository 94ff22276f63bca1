import type { PeerStream } from "../../../src/client/index.js";

/** A line whose writing side keeps what crosses it, or keeps it back: for records that are damaged or moved. */
export class WireTap implements PeerStream {
  readonly #stream: PeerStream;
  #held: Uint8Array[] | undefined;
  /** The last write, header and first chunk of a message. */
  last = new Uint8Array(0);

  constructor(stream: PeerStream) {
    this.#stream = stream;
  }

  get closed(): Promise<void> {
    return this.#stream.closed;
  }

  readFully(target: Uint8Array): Promise<number> {
    return this.#stream.readFully(target);
  }

  async write(parts: readonly Uint8Array[]): Promise<void> {
    // A copy, for the sealer uses its memory again.
    this.last = new Uint8Array(Buffer.concat(parts));
    if (this.#held === undefined) await this.#stream.write([this.last]);
    else this.#held.push(this.last);
  }

  /** From now on writes are kept back. @returns gives them out, for the test to do with them what it likes */
  hold(): () => readonly Uint8Array[] {
    const held: Uint8Array[] = [];
    this.#held = held;
    return () => {
      this.#held = undefined;
      return held;
    };
  }

  /** Past the record layer. */
  async raw(...bytes: readonly Uint8Array[]): Promise<void> {
    await this.#stream.write(bytes);
  }

  end(): Promise<void> {
    return this.#stream.end();
  }

  destroy(): void {
    this.#stream.destroy();
  }
}
