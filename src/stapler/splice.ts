import type { Clock } from "./clock.js";
import type { EarlyBytes } from "./early.js";
import { sayFarewell } from "./farewell.js";
import { STAPLED } from "./hello.js";
import type { Leg, LegReader } from "./leg.js";
import { DRAIN_MS } from "./limits.js";

/** A peer that is to be joined with another: its connection, and what it has sent so far. */
export interface SpliceSide {
  readonly leg: Leg;
  readonly early: EarlyBytes;
  /** It has already ended its direction. */
  readonly ended: boolean;
}

/** What a splice tells its owner. */
export interface SpliceOwner {
  readonly clock: Clock;
  /** See `StaplerLimits`. */
  readonly quietSpliceMs: number;
  /** Bytes were taken from one leg for the other. Called for every read. */
  moved(bytes: number): void;
  /** Bytes go no further: the first of the two legs is gone, or both were dropped. Called once. */
  over(): void;
}

/** A splice that moves nothing is looked at so often before it ends, so that no timer is set anew for every read. */
const QUIET_LOOKS = 4;

/**
 * Two legs joined: what one reads is written to the other, and its end is passed on as an end, so half-close is kept.
 * A leg is read again only when the other has taken the bytes: per direction one read buffer is all that is held.
 */
export class Splice {
  readonly #directions: readonly [Direction, Direction];
  readonly #owner: SpliceOwner;
  #over = false;
  /** Looks at which nothing had moved since the one before. */
  #quietLooks = 0;
  #cancelLook: () => void = () => {};

  /** Joins the two, and tells both. */
  constructor(one: SpliceSide, other: SpliceSide, owner: SpliceOwner) {
    this.#owner = owner;
    const closed = (direction: Direction): void => this.#closed(direction);
    const moved = (bytes: number): void => {
      this.#quietLooks = 0;
      owner.moved(bytes);
    };
    this.#directions = [
      new Direction(one.leg, other.leg, moved, closed),
      new Direction(other.leg, one.leg, moved, closed),
    ];
    for (const { leg } of [one, other]) leg.write(STAPLED, ignore);
    this.#directions[0].start(one);
    this.#directions[1].start(other);
    if (!this.#over) this.#lookLater();
  }

  /** Drops both legs. */
  destroy(): void {
    for (const { from } of this.#directions) from.destroy();
    this.#end();
  }

  #closed(direction: Direction): void {
    // When both have ended this is only the slower one's last bytes. Otherwise the leg broke: its partner gets what
    // came before, and then an end. Only the peers can tell whether all is there; their records do.
    if (!direction.to.destroyed) sayFarewell(direction.to, this.#owner.clock, DRAIN_MS);
    this.#end();
  }

  #lookLater(): void {
    const { clock, quietSpliceMs } = this.#owner;
    if (quietSpliceMs === Infinity) return;
    this.#cancelLook = clock.after(quietSpliceMs / QUIET_LOOKS, () => {
      // The first look after a byte counts, but not as time: it may have come just before. Hence one more than there are.
      this.#quietLooks += 1;
      if (this.#quietLooks > QUIET_LOOKS) this.destroy();
      else this.#lookLater();
    });
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelLook();
    this.#owner.over();
  }
}

const ignore = (): void => {};

/** One way through a splice. */
class Direction implements LegReader {
  readonly from: Leg;
  readonly to: Leg;
  readonly #moved: (bytes: number) => void;
  readonly #closed: (direction: Direction) => void;

  constructor(from: Leg, to: Leg, moved: (bytes: number) => void, closed: (direction: Direction) => void) {
    this.from = from;
    this.to = to;
    this.#moved = moved;
    this.#closed = closed;
  }

  start({ early, ended }: SpliceSide): void {
    this.from.readTo(this);
    const bytes = early.take();
    if (bytes.length === 0 || this.read(bytes)) this.from.resume();
    if (ended) this.eof();
  }

  read(bytes: Buffer): boolean {
    this.#moved(bytes.length);
    return this.to.write(bytes, this.#written);
  }

  readonly #written = (): void => this.from.resume();

  eof(): void {
    this.to.end();
  }

  closed(): void {
    this.#closed(this);
  }
}
