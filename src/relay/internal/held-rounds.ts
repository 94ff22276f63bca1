import { setTimeout as delay } from "node:timers/promises";
import type { Channel } from "../../channel/channel.js";
import { phase } from "../../channel/lifetime.js";
import type { ChannelStore, Stored } from "../../channel/store.js";
import type { ChannelName, Role } from "../../protocol/names.js";
import type { Channels } from "../channels.js";

/** A third of the idle time to live of a channel: one round may be missed. */
const KEEP_ALIVE_MS = 5 * 60_000;
/** How long to leave a store alone that does not answer. */
const STORE_RETRY_MS = 1000;

/** A round of a channel: what a waiting connection and a splice belong to. */
export interface RoundRef {
  readonly channel: ChannelName;
  readonly round: number;
}

/** A round that ended at the relay: what waits for it, or is spliced in it, ends too. */
export interface Release extends RoundRef {
  readonly code: "closed" | "round_over";
}

/** What `HeldRounds` needs from outside. */
export interface HeldRoundsOptions {
  readonly store: ChannelStore;
  readonly channels: Channels;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A held round ended at the relay. It is not held any more. */
  readonly onRelease: (release: Release) => void;
  readonly onError: ((error: unknown) => void) | undefined;
  readonly keepAliveMs?: number;
}

interface Held extends RoundRef {
  readonly waiting: Set<Role>;
  stapled: boolean;
  readonly watching: AbortController;
}

/** The rounds that one stapler was admitted to: each watched for its end, its channel kept alive while a connection is there. */
export class HeldRounds {
  readonly #options: HeldRoundsOptions;
  readonly #held = new Map<ChannelName, Held>();
  readonly #keeper: NodeJS.Timeout;

  constructor(options: HeldRoundsOptions) {
    this.#options = options;
    this.#keeper = setInterval(() => void this.#keepAlive(), options.keepAliveMs ?? KEEP_ALIVE_MS).unref();
  }

  /** The rounds in which a connection is here now. */
  rounds(): readonly RoundRef[] {
    const here = [...this.#held.values()].filter(({ waiting, stapled }) => waiting.size > 0 || stapled);
    return here.map(({ channel, round }) => ({ channel, round }));
  }

  /** A peer of this round is there. A round that is older than the held one is over, and is let go at once. */
  add(ref: RoundRef, role: Role): void {
    const known = this.#find(ref);
    if (known !== undefined) {
      known.waiting.add(role);
      return;
    }
    const { channel, round } = ref;
    const older = this.#held.get(channel);
    // The news of an admission may come late, from a store that is far away.
    if (older !== undefined && older.round > round) {
      this.#options.onRelease({ channel, round, code: "round_over" });
      return;
    }
    if (older !== undefined) this.#release(older, "round_over");
    const held: Held = { channel, round, waiting: new Set([role]), stapled: false, watching: new AbortController() };
    this.#held.set(channel, held);
    void this.#watch(held);
  }

  stapled(ref: RoundRef): void {
    const held = this.#find(ref);
    if (held !== undefined) held.stapled = true;
  }

  ended(ref: RoundRef, alone: Role | undefined): void {
    const held = this.#find(ref);
    if (held === undefined) return;
    // Watched it stays until its round ends: a new connection may have come before the news of the old one's end.
    if (alone !== undefined) held.waiting.delete(alone);
    else {
      held.stapled = false;
      held.waiting.clear();
    }
  }

  close(): void {
    clearInterval(this.#keeper);
    for (const { watching } of this.#held.values()) watching.abort();
  }

  #find({ channel, round }: RoundRef): Held | undefined {
    const held = this.#held.get(channel);
    return held?.round === round ? held : undefined;
  }

  #release(held: Held, code: Release["code"]): void {
    held.watching.abort();
    this.#held.delete(held.channel);
    this.#options.onRelease({ channel: held.channel, round: held.round, code });
  }

  async #watch(held: Held): Promise<void> {
    const { store, now, onError } = this.#options;
    const { signal } = held.watching;
    const end = (stored: Stored | undefined) => endOf(stored?.channel, held.round, now());
    while (!signal.aborted) {
      try {
        const stored = await store.until(held.channel, (one) => end(one) !== undefined, signal);
        const code = end(stored);
        if (!signal.aborted && code !== undefined) this.#release(held, code);
      } catch (error) {
        if (signal.aborted) return;
        onError?.(error);
        await delay(STORE_RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  /** An active splice is never cut by the idle time to live, nor is a party that waits. */
  async #keepAlive(): Promise<void> {
    for (const { channel, round } of this.rounds()) {
      // To apply any rule touches the channel.
      await this.#options.channels.tell(channel, round, (state) => state, this.#options.onError);
    }
  }
}

function endOf(channel: Channel | undefined, round: number, now: number): Release["code"] | undefined {
  if (channel === undefined) return "closed";
  if (channel.round !== round) return "round_over";
  return phase(channel, now) === "open" ? undefined : "closed";
}
