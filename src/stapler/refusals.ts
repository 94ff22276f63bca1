import type { Clock } from "./clock.js";
import type { StaplerLimits } from "./limits.js";

/** How often refusals are forgiven: a share of those of a minute each time. */
export const FORGIVE_MS = 1_000;
const MINUTE_MS = 60_000;

/** Addresses that are remembered, at about 100 bytes each. Who has more of them is not to be stopped by address. */
const MOST_ADDRESSES = 10_000;

/**
 * Counts the refused hello lines of each address, in a bucket that leaks. Without it, whoever may connect learns which
 * channels there are as fast as lines can be sent, and each line becomes a call to the relay.
 *
 * All that were refused count, also those beyond the limit that were under way together: else a crowd of connections,
 * asked about before the first is refused, would get its answers every time that a single refusal is forgiven.
 */
export class Refusals {
  readonly #atOnce: number;
  readonly #forgiven: number;
  readonly #clock: Clock;
  /** Refusals not yet forgiven, above 0. The address that was refused last is the last. */
  readonly #counts = new Map<string, number>();
  #forgiving = false;

  constructor({ refusalsPerMinute, refusalsAtOnce }: RefusalLimits, clock: Clock) {
    this.#atOnce = refusalsAtOnce;
    this.#forgiven = (refusalsPerMinute * FORGIVE_MS) / MINUTE_MS;
    this.#clock = clock;
  }

  /** Addresses with refusals that are not forgiven yet. */
  get addresses(): number {
    return this.#counts.size;
  }

  /** Whether hello lines of this address are not to be looked at for now. */
  exceeded(address: string): boolean {
    return (this.#counts.get(address) ?? 0) >= this.#atOnce;
  }

  add(address: string): void {
    if (this.#forgiven === Infinity || this.#atOnce === Infinity) return;
    const count = this.#counts.get(address) ?? 0;
    this.#counts.delete(address);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size >= MOST_ADDRESSES && oldest !== undefined) this.#counts.delete(oldest);
    this.#counts.set(address, count + 1);
    this.#forgiveLater();
  }

  #forgiveLater(): void {
    if (this.#forgiving) return;
    this.#forgiving = true;
    this.#clock.after(FORGIVE_MS, () => {
      this.#forgiving = false;
      for (const [address, count] of this.#counts) {
        if (count > this.#forgiven) this.#counts.set(address, count - this.#forgiven);
        else this.#counts.delete(address);
      }
      if (this.#counts.size > 0) this.#forgiveLater();
    });
  }
}

type RefusalLimits = Pick<StaplerLimits, "refusalsPerMinute" | "refusalsAtOnce">;
