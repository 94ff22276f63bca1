import type { Advertisement, Release } from "../relay/index.js";
import type { Clock } from "./clock.js";
import type { RelayCalls } from "./relay-calls.js";
import { whyAway } from "./relay-client.js";

export type RelayState = "up" | "away";

/** What a session needs to know, and whom it tells. */
export interface RelaySessionOptions {
  readonly calls: RelayCalls;
  readonly id: string;
  readonly clock: Clock;
  readonly callTimeoutMs: number;
  readonly retryMs: RetryMs;
  /** The relay has just accepted this stapler, after it was away or had forgotten it. Awaited before it counts as up. */
  returned(): Promise<void>;
  /** What the first try comes to, then every change between the two. `reason` is for people. */
  changed(state: RelayState, reason: string | undefined): void;
  released(release: Release): void;
}

/** The first and the longest wait before a relay that is away is tried again. */
export interface RetryMs {
  readonly first: number;
  readonly most: number;
}

/** Registers so many times within a lease: one call may be lost. */
const HEARTBEATS_PER_LEASE = 3;

/**
 * Keeps a stapler registered at its relay, and listens to it. Whether the relay is there is decided by registering
 * alone; a stream of releases that breaks only makes it register at once, since a relay that restarted has
 * forgotten everyone.
 */
export class RelaySession {
  readonly #options: RelaySessionOptions;
  /** Undefined until the relay was asked for the first time: that it is away then is news as well. */
  #state: RelayState | undefined;
  #closed = false;
  #failures = 0;
  #streamFailures = 0;
  #stopStream: (() => void) | undefined;
  #poked = false;
  #wake: (() => void) | undefined;

  constructor(options: RelaySessionOptions) {
    this.#options = options;
  }

  get state(): RelayState {
    return this.#state ?? "away";
  }

  /** Runs until `close`. Never rejects. */
  async run(advertise: Advertisement): Promise<void> {
    while (!this.#closed) {
      const lease = await this.#register(advertise);
      if (this.#closed) return;
      if (lease !== undefined) this.#listen();
      await this.#pause(lease === undefined ? this.#backOff(this.#failures) : lease / HEARTBEATS_PER_LEASE);
    }
  }

  /** A call failed: asks at once whether the relay is still there. */
  poke(): void {
    this.#poked = true;
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.#stopStream?.();
    this.#wake?.();
  }

  /** @returns the lease in milliseconds, or undefined when the relay is away */
  async #register(advertise: Advertisement): Promise<number | undefined> {
    const { calls, id, callTimeoutMs } = this.#options;
    try {
      const { lease_ms: lease, first } = await calls.register(id, advertise, callTimeoutMs);
      if (this.#closed) return undefined;
      if (first || this.#state !== "up") await this.#options.returned();
      this.#failures = 0;
      this.#change("up", undefined);
      return lease;
    } catch (error) {
      this.#failures += 1;
      this.#change("away", whyAway(error));
      return undefined;
    }
  }

  #listen(): void {
    if (this.#stopStream !== undefined) {
      // It has lived for a heartbeat.
      this.#streamFailures = 0;
      return;
    }
    let over = false;
    const lost = (): void => {
      if (over) return;
      over = true;
      stop();
      this.#stopStream = undefined;
      if (this.#closed) return;
      if (this.#streamFailures === 0) this.poke();
      else this.#options.clock.after(this.#backOff(this.#streamFailures), () => this.poke());
      this.#streamFailures += 1;
    };
    const released = (release: Release): void => this.#options.released(release);
    const stop = this.#options.calls.releases(this.#options.id, { released, lost });
    this.#stopStream = stop;
  }

  #change(state: RelayState, reason: string | undefined): void {
    if (this.#closed || state === this.#state) return;
    this.#state = state;
    this.#options.changed(state, reason);
  }

  /** Twice as long each time, and never the same for two staplers that lost their relay at the same moment. */
  #backOff(failures: number): number {
    const { first, most } = this.#options.retryMs;
    return Math.min(most, first * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
  }

  async #pause(ms: number): Promise<void> {
    if (!this.#poked && !this.#closed) {
      await new Promise<void>((resolve) => {
        const cancel = this.#options.clock.after(ms, resolve);
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#poked = false;
  }
}
