/**
 * Small reads are served from here, a whole socket buffer at a time. Two such buffers exist for each stream: one
 * with bytes that nobody has asked for yet, one that the socket may fill next.
 */
const PARKING_BYTES = 64 * 1024;

/** Takes what is not the peer's from the head of a stream: how much of it, and whether there is more to come. */
export type Preface = (bytes: Uint8Array) => { readonly taken: number; readonly more: boolean };

/** From this size on, bytes go from the kernel straight into the caller's memory. */
const DIRECT_MIN_BYTES = 16 * 1024;

interface Waiting {
  readonly target: Uint8Array;
  filled: number;
  readonly resolve: (length: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The receiving half of a stream over a socket's `onread`: decides where the next bytes go, and stops the socket
 * when nobody wants them. A large target is handed to the kernel as it is, so a record of 1 MiB is copied by at most
 * its first 64 KiB: while a socket is stopped, the memory that its next read fills cannot be changed any more.
 */
export class StreamIntake {
  #parked = new Uint8Array(0);
  #parking = new Uint8Array(PARKING_BYTES);
  #other = new Uint8Array(PARKING_BYTES);
  #direct = false;
  #waiting: Waiting | undefined;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #preface: Preface | undefined;
  readonly #resume: () => void;

  /** @param resume starts the socket again after `received` has returned false */
  constructor(resume: () => void, preface?: Preface) {
    this.#resume = resume;
    this.#preface = preface;
  }

  /** Where the socket shall put what it reads next. Never empty. */
  buffer(): Uint8Array {
    const waiting = this.#preface === undefined ? this.#waiting : undefined;
    this.#direct = waiting !== undefined && waiting.target.length - waiting.filled >= DIRECT_MIN_BYTES;
    return this.#direct && waiting !== undefined ? waiting.target.subarray(waiting.filled) : this.#parking;
  }

  /** @returns whether the socket shall go on reading */
  received(length: number): boolean {
    if (this.#direct && this.#waiting !== undefined) {
      this.#waiting.filled += length;
    } else {
      this.#parked = this.#parking.subarray(0, length);
      [this.#parking, this.#other] = [this.#other, this.#parking];
      this.#feedPreface();
    }
    this.#deliver();
    return this.#failure === undefined && (this.#preface !== undefined || this.#waiting !== undefined);
  }

  /** The peer has ended its side. */
  end(): void {
    this.#ended = true;
    this.#deliver();
  }

  /** Nothing more will come. Bytes that are already here can still be read. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#deliver();
  }

  readFully(target: Uint8Array): Promise<number> {
    if (this.#waiting !== undefined) return Promise.reject(new Error("one read at a time"));
    return new Promise((resolve, reject) => {
      this.#waiting = { target, filled: 0, resolve, reject };
      this.#deliver();
      if (this.#waiting !== undefined) this.#resume();
    });
  }

  #feedPreface(): void {
    if (this.#preface === undefined) return;
    const { taken, more } = this.#preface(this.#parked);
    this.#parked = this.#parked.subarray(taken);
    if (!more) this.#preface = undefined;
  }

  #deliver(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const { target } = waiting;
    if (this.#preface === undefined && this.#parked.length > 0) {
      const part = this.#parked.subarray(0, target.length - waiting.filled);
      target.set(part, waiting.filled);
      waiting.filled += part.length;
      this.#parked = this.#parked.subarray(part.length);
    }
    if (waiting.filled === target.length || (this.#ended && this.#failure === undefined)) {
      this.#waiting = undefined;
      waiting.resolve(waiting.filled);
    } else if (this.#failure !== undefined) {
      this.#waiting = undefined;
      waiting.reject(this.#failure.error);
    }
  }
}
