import type { Clock } from "./clock.js";
import { Turns } from "./turns.js";

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * The sizes of a read buffer. The first is the one at rest, which all connections share: a silent one needs none of
 * its own, which saves 8 KiB a pair. The last is where larger ones no longer help much (one pair, of direct TCP: 0.34
 * at 64 KiB, 0.50 at 256 KiB, 0.65 at 1 MiB, 0.72 at 2 MiB).
 */
export const BUFFER_SIZES = [4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB] as const;

/** The size at rest. */
const REST_BYTES: number = BUFFER_SIZES[0];
const LARGEST_BYTES: number = BUFFER_SIZES[4];
/** From one size to the next. */
const GROWTH = 4;

/** For all buffers above the resting size together: at the cap, connections stay at the size that they have. */
const POOL_CAP_BYTES = 128 * MIB;

/** So many busy ends may have the largest size each. With more of them 256 KiB are as fast, and fit the caches. */
const FEW_BUSY = 16;
const MANY_BYTES: number = BUFFER_SIZES[3];
/** However many are busy, each may have this much. */
const BUSY_LEAST_BYTES: number = BUFFER_SIZES[2];
/**
 * What the busy ends share. What ends hold that stand still is taken off it. Half of the cap, so that the other half is
 * left for ends of the least size: otherwise 128 of the largest that stand still would fill the pool.
 */
const SHARED_BYTES = 64 * MIB;

/**
 * What one of many busy ends may read in one turn of the event loop, or four times its buffer if that is more. libuv
 * reads a socket up to 32 times in a row while its buffer fills, and so serves those best whose kernel buffers happen
 * to be large. Measured with 200 pairs of 256 KiB: without this the least pair had 0.4 of the mean, with it 0.97 (Jain
 * 0.95 and 0.999). A quarter of it was noted once to cost a fifth more processor time, and not measured again.
 */
const TURN_LEAST_BYTES = MIB;
const TURN_READS = 4;

/** Two full reads in a row ask for a larger buffer. */
const FULL_READS_TO_GROW = 2;
/** How often idle buffers are looked for, and for how many rounds one must have been idle: about 3 s. */
export const SWEEP_MS = 1_000;
const IDLE_SWEEPS = 3;

/** The read buffers of a process. */
export class BufferPool {
  /** Read into by all that are at rest, one after the other: what is in it is copied before the next one reads. */
  readonly resting: Buffer = Buffer.allocUnsafeSlow(REST_BYTES);
  readonly #clock: Clock;
  readonly #cap: number;
  readonly #free = new Map<number, Buffer[]>(BUFFER_SIZES.map((size) => [size, []]));
  readonly #busy = new Set<ReadBuffer>();
  readonly turns = new Turns();
  /** Ends whose buffer was lent and has not come back, with its size. They move nothing, and so take no share. */
  readonly #stalled = new Map<ReadBuffer, number>();
  #stalledBytes = 0;
  #ceiling = LARGEST_BYTES;
  #inUse = 0;
  #kept = 0;
  #sweeps = 0;
  #sweeping = false;

  constructor(clock: Clock, cap: number = POOL_CAP_BYTES) {
    this.#clock = clock;
    this.#cap = cap;
  }

  /** Bytes of all buffers above the resting size, those kept for the next use included. */
  get bytes(): number {
    return this.#inUse + this.#kept;
  }

  /** Counts the sweeps: what an end remembers of when it was last busy. */
  get now(): number {
    return this.#sweeps;
  }

  /** The largest size that an end may have now. */
  get ceiling(): number {
    return this.#ceiling;
  }

  /** Whether there is anyone else to wait for. */
  get crowded(): boolean {
    return this.#busy.size > 1;
  }

  /** @returns undefined at the cap */
  take(size: number): Buffer | undefined {
    if (size === REST_BYTES) return this.resting;
    const kept = this.#free.get(size)?.pop();
    if (kept !== undefined) this.#kept -= size;
    else if (this.#inUse + this.#kept + size > this.#cap) this.#forgetKept();
    if (this.#inUse + size > this.#cap) return undefined;
    this.#inUse += size;
    return kept ?? Buffer.allocUnsafeSlow(size);
  }

  /** A buffer that nothing reads or writes any more. */
  give(buffer: Buffer): void {
    if (buffer === this.resting) return;
    this.lose(buffer);
    this.#free.get(buffer.length)?.push(buffer);
    this.#kept += buffer.length;
  }

  /** A buffer that may still be on its way out: it is left to the garbage collector. */
  lose(buffer: Buffer): void {
    if (buffer !== this.resting) this.#inUse -= buffer.length;
  }

  /** Tells the pool of an end whose buffer is larger than at rest, or no longer, or larger and held by a stopped reader. */
  mark(end: ReadBuffer, state: "busy" | "stalled" | "resting"): void {
    if (state === "busy") this.#busy.add(end);
    else this.#busy.delete(end);
    const stalled = state === "stalled" ? end.bytes.length : 0;
    this.#stalledBytes += stalled - (this.#stalled.get(end) ?? 0);
    if (stalled > 0) this.#stalled.set(end, stalled);
    else this.#stalled.delete(end);
    const share = Math.max(BUSY_LEAST_BYTES, (SHARED_BYTES - this.#stalledBytes) / Math.max(1, this.#busy.size));
    this.#ceiling = this.#busy.size > FEW_BUSY ? MANY_BYTES : LARGEST_BYTES;
    while (this.#ceiling > share) this.#ceiling /= GROWTH;
    if (state === "busy") this.#sweepLater();
  }

  #sweepLater(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    this.#clock.after(SWEEP_MS, () => {
      this.#sweeping = false;
      this.#sweeps += 1;
      for (const end of this.#busy) if (this.#sweeps - end.lastUse >= IDLE_SWEEPS) end.idle();
      if (this.#busy.size > 0) this.#sweepLater();
      else this.#forgetKept();
    });
  }

  #forgetKept(): void {
    for (const list of this.#free.values()) list.length = 0;
    this.#kept = 0;
  }
}

/** The read buffer of one leg: the shared small one at rest, a larger one of its own while that helps. Never empty. */
export class ReadBuffer {
  readonly #pool: BufferPool;
  readonly #onIdle: () => void;
  #bytes: Buffer;
  #fullReads = 0;
  #stalled = false;
  #turn = 0;
  #readInTurn = 0;
  /** The sweep in whose time the buffer's size was last of use. */
  lastUse = 0;

  /** @param onIdle called when the buffer should go back to its resting size; the owner calls `rest`, or `stall` */
  constructor(pool: BufferPool, onIdle: () => void) {
    this.#pool = pool;
    this.#onIdle = onIdle;
    this.#bytes = pool.resting;
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Whether the buffer is the leg's own. */
  get grown(): boolean {
    return this.#bytes !== this.#pool.resting;
  }

  idle(): void {
    this.#onIdle();
  }

  /** Learns from a read of `count` bytes. Every read is told; `bytes` stays as it is. */
  learn(count: number): void {
    const { length } = this.#bytes;
    this.#fullReads = count === length ? this.#fullReads + 1 : 0;
    // A read that a buffer of the next smaller size would have held says nothing for this one.
    if (count * GROWTH > length) this.lastUse = this.#pool.now;
  }

  /** Whether a read of `count` bytes was the last for this turn of the event loop: now it is the others' turn. */
  hadItsTurn(count: number): boolean {
    if (!this.grown || !this.#pool.crowded) return false;
    const { now } = this.#pool.turns;
    this.#readInTurn = now === this.#turn ? this.#readInTurn + count : count;
    this.#turn = now;
    return this.#readInTurn >= Math.max(TURN_LEAST_BYTES, TURN_READS * this.#bytes.length);
  }

  /** Takes the size that was learned. Only while nobody reads from `bytes`: they may be another buffer afterwards. */
  fit(): void {
    const { length } = this.#bytes;
    if (this.grown && length > this.#pool.ceiling) {
      this.#change(this.#pool.ceiling);
    } else if (this.#fullReads >= FULL_READS_TO_GROW && length * GROWTH <= this.#pool.ceiling) {
      this.#fullReads = 0;
      this.#change(length * GROWTH);
    }
  }

  /** Back to the resting size. Only while nobody reads from `bytes`. */
  rest(): void {
    if (this.grown) this.#change(REST_BYTES);
  }

  /** Somebody still reads from `bytes`, and has for long: until `resume` the leg is not among the busy ones. */
  stall(): void {
    this.#stalled = true;
    this.#pool.mark(this, "stalled");
  }

  /** Nobody reads from `bytes` any more. */
  resume(): void {
    if (!this.#stalled) return;
    this.#stalled = false;
    this.lastUse = this.#pool.now;
    this.#pool.mark(this, "busy");
  }

  /** The leg is gone. @param lent whether somebody may still read from `bytes` */
  release(lent: boolean): void {
    if (lent) this.#pool.lose(this.#bytes);
    else this.#pool.give(this.#bytes);
    this.#bytes = this.#pool.resting;
    this.#stalled = false;
    this.#pool.mark(this, "resting");
  }

  #change(size: number): void {
    const next = this.#pool.take(size);
    if (next === undefined) return;
    this.#pool.give(this.#bytes);
    this.#bytes = next;
    this.#fullReads = 0;
    this.lastUse = this.#pool.now;
    this.#pool.mark(this, this.grown ? "busy" : "resting");
  }
}
