/** The file whose bytes move. */
export interface RunningFile {
  /** As the sender names it. */
  readonly path: string;
  /** Of this file, those of an earlier connection included. */
  readonly bytes: number;
  /** Null for a stream. */
  readonly total: number | null;
}

/** How far a transfer is. */
export interface Progress {
  /** Undefined between files. */
  readonly running?: RunningFile;
  /** Bytes of content that are there, those of an earlier connection included. */
  readonly bytes: number;
  /** Null while nobody knows: a stream. */
  readonly total: number | null;
  /** Bytes a second, over the last seconds. */
  readonly rate: number;
  /** Null when it cannot be said. */
  readonly secondsLeft: number | null;
}

/** Long enough to be calm, short enough to follow a network that changes. */
const WINDOW_MS = 4_000;
/** Samples are not nearer than this, so the window holds a bounded number of them. */
const SAMPLE_MS = 100;

interface Sample {
  readonly at: number;
  readonly moved: number;
}

/** Counts bytes and tells the rate. Reads no clock but the one given to it. */
export class ProgressMeter {
  readonly #now: () => number;
  readonly #total: number | null;
  #samples: Sample[];
  #bytes = 0;
  /** Bytes that came over the line, in whatever connection: what the rate is about. Never falls. */
  #moved = 0;

  /**
   * @param total bytes that are expected, kept ones included; null when unknown
   * @param now milliseconds, of a clock that never goes back
   */
  constructor(total: number | null, now: () => number) {
    this.#total = total;
    this.#now = now;
    this.#samples = [{ at: now(), moved: 0 }];
  }

  /** So many bytes have arrived, or been sent. */
  moved(bytes: number): void {
    this.#bytes += bytes;
    this.#moved += bytes;
    const at = this.#now();
    const last = this.#samples.at(-1);
    if (last === undefined || at - last.at >= SAMPLE_MS) this.#samples.push({ at, moved: this.#moved });
    while (this.#samples.length > 1 && at - (this.#samples[1]?.at ?? at) >= WINDOW_MS) this.#samples.shift();
  }

  /** So many bytes are there without having moved; fewer than none when they turned out to be of no use. */
  found(bytes: number): void {
    this.#bytes += bytes;
  }

  /** So many bytes are there, whatever was counted before: after a new connection kept some and dropped others. */
  restart(bytes: number): void {
    this.#bytes = bytes;
    // Nothing moved while the other side was waited for, and that says nothing of the line.
    this.#samples = [{ at: this.#now(), moved: this.#moved }];
  }

  get snapshot(): Progress {
    const oldest = this.#samples[0];
    const seconds = oldest === undefined ? 0 : (this.#now() - oldest.at) / 1000;
    const rate = oldest === undefined || seconds <= 0 ? 0 : (this.#moved - oldest.moved) / seconds;
    const left = this.#total === null ? null : Math.max(0, this.#total - this.#bytes);
    return {
      bytes: this.#bytes,
      total: this.#total,
      rate,
      secondsLeft: left === null || (rate === 0 && left > 0) ? null : left === 0 ? 0 : left / rate,
    };
  }
}
