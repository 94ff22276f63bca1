import { type Clock, type PeerStream, type RelayConnection, type StaplerDial, systemClock } from "../client/index.js";

/** Bytes go in slices of so many seconds' worth: even enough for other traffic beside it, few enough to cost nothing. */
const SLICE_SECONDS = 0.1;

/** So many bytes a second, and what was not used in the past is not made up for. */
export class Pace {
  readonly #bytesPerSecond: number;
  readonly #over: AbortSignal;
  readonly #clock: Clock;
  #freeAt = 0;

  /** @param over when it aborts, what is left goes at once: the last word to the other side must not wait in a queue */
  constructor(bytesPerSecond: number, over: AbortSignal, clock: Clock = systemClock) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#over = over;
    this.#clock = clock;
  }

  get slice(): number {
    return Math.max(1, Math.floor(this.#bytesPerSecond * SLICE_SECONDS));
  }

  /** Resolves when these bytes may go. Callers come one after the other. */
  async take(bytes: number): Promise<void> {
    const now = this.#clock.now();
    const start = Math.max(now, this.#freeAt);
    this.#freeAt = start + (bytes / this.#bytesPerSecond) * 1000;
    if (start > now && !this.#over.aborted) await this.#clock.sleep(start - now, this.#over).catch(() => {});
  }
}

/** The same relay, whose connections to the other side are no faster than that, each way counted for itself. */
export function limitRate(relay: RelayConnection, bytesPerSecond: number, over: AbortSignal): RelayConnection {
  return {
    url: relay.url,
    client: (uuid) => relay.client(uuid),
    dial: (stapler, signal) => limitedDial(relay.dial(stapler, signal), () => new Pace(bytesPerSecond, over)),
    preconnect: () => relay.preconnect(),
    close: () => relay.close(),
  };
}

function limitedDial(dial: StaplerDial, pace: () => Pace): StaplerDial {
  return {
    connected: dial.connected,
    get isUsable() {
      return dial.isUsable;
    },
    greet: (line) => limitedStream(dial.greet(line), pace(), pace()),
    cancel: () => dial.cancel(),
  };
}

/** Slows one stream down. Reading slowly is enough: TCP holds the other side back. */
export function limitedStream(stream: PeerStream, reading: Pace, writing: Pace): PeerStream {
  let lastWrite: Promise<void> = Promise.resolve();
  const write = async (parts: readonly Uint8Array[]): Promise<void> => {
    for (const part of parts) {
      for (let from = 0; from < part.length; from += writing.slice) {
        const slice = part.subarray(from, from + writing.slice);
        await writing.take(slice.length);
        await stream.write([slice]);
      }
    }
  };
  return {
    async readFully(target) {
      let filled = 0;
      while (filled < target.length) {
        const slice = target.subarray(filled, filled + reading.slice);
        await reading.take(slice.length);
        const got = await stream.readFully(slice);
        filled += got;
        if (got < slice.length) break;
      }
      return filled;
    },
    write(parts) {
      // In order, also when the caller does not wait; one that fails must not stop the next from saying so itself.
      const written = lastWrite.then(() => write(parts));
      lastWrite = written.catch(() => {});
      return written;
    },
    async end() {
      await lastWrite;
      await stream.end();
    },
    destroy: () => stream.destroy(),
    closed: stream.closed,
    get via() {
      return stream.via;
    },
  };
}
