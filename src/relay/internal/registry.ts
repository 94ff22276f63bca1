import { createHash } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { ended } from "../../channel/presence.js";
import type { Channel } from "../../channel/channel.js";
import type { ChannelStore } from "../../channel/store.js";
import type { ChannelName, Role } from "../../protocol/names.js";
import { ROLES } from "../../protocol/names.js";
import { DuetError } from "../../protocol/problem.js";
import type { StaplerAddress } from "../answers.js";
import type { Channels } from "../channels.js";
import { HeldRounds, type Release, type RoundRef } from "./held-rounds.js";

/** A stapler that says nothing for so long is gone. It registers again three times in this time. */
const LEASE_MS = 30_000;
/** A stapler whose stream broke gets again what it may have missed; a name is not given out again within it. */
const RELEASE_KEPT_MS = 60_000;
/** Which stapler serves a channel is remembered for the latest so many. */
const CHOICES_KEPT = 100_000;

/** Where peers reach a stapler; host null: at the relay's own. */
export interface Advertisement {
  readonly host: string | null;
  readonly port: number;
}

interface Stapler {
  readonly id: string;
  advertise: Advertisement;
  lease: NodeJS.Timeout;
  readonly held: HeldRounds;
  released: { readonly release: Release; readonly at: number; readonly number: number }[];
  /** Emits `news` for every release, and when the stapler is dropped. */
  readonly events: EventEmitter;
  count: number;
}

/** What the registry needs from outside. */
export interface RegistryOptions {
  readonly store: ChannelStore;
  readonly channels: Channels;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly leaseMs?: number;
  readonly choicesKept?: number;
  readonly onError?: (error: unknown) => void;
}

/** The staplers of this relay: who is alive, who serves which channel, and what each of them must let go. */
export class StaplerRegistry {
  readonly #options: RegistryOptions;
  readonly #leaseMs: number;
  readonly #choicesKept: number;
  readonly #staplers = new Map<string, Stapler>();
  readonly #choices = new Map<ChannelName, string>();

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
    this.#choicesKept = options.choicesKept ?? CHOICES_KEPT;
  }

  /**
   * A stapler is there, for a lease more.
   *
   * @returns `first`: this relay did not know it, so nothing that it holds is admitted here
   */
  register(id: string, advertise: Advertisement): { lease_ms: number; first: boolean } {
    const known = this.#staplers.get(id);
    if (known !== undefined) {
      known.advertise = advertise;
      known.lease.refresh();
      return { lease_ms: this.#leaseMs, first: false };
    }
    const lease = setTimeout(() => void this.#drop(id), this.#leaseMs).unref();
    const events = new EventEmitter().setMaxListeners(0);
    const { store, channels, now, onError } = this.#options;
    const onRelease = (release: Release): void => this.#release(stapler, release);
    const held = new HeldRounds({ store, channels, now, onError, onRelease });
    const stapler: Stapler = { id, advertise, lease, events, released: [], count: 0, held };
    this.#staplers.set(id, stapler);
    return { lease_ms: this.#leaseMs, first: true };
  }

  /** @throws DuetError `not_registered` */
  check(id: string): void {
    this.#get(id);
  }

  /** A peer of this round waits at the stapler: the round is watched, and its channel kept alive. */
  hold(id: string, ref: RoundRef, role: Role): void {
    this.#get(id).held.add(ref, role);
  }

  stapled(id: string, ref: RoundRef): void {
    this.#get(id).held.stapled(ref);
  }

  /** @param alone the side whose connection went away while it was still alone; without it the splice ended */
  ended(id: string, ref: RoundRef, alone: Role | undefined): void {
    this.#get(id).held.ended(ref, alone);
  }

  /**
   * Where the peers of a channel connect: the same stapler for both, and as long as it lives.
   *
   * @throws DuetError `no_stapler`
   */
  addressFor(channel: ChannelName): StaplerAddress {
    const id = this.#choices.get(channel);
    const chosen = (id === undefined ? undefined : this.#staplers.get(id)) ?? this.#choose(channel);
    return { ...chosen.advertise, websocket_url: null };
  }

  /** What the stapler must let go: what it may have missed, then as it happens. Ends when it is dropped. */
  async *releases(id: string, signal: AbortSignal): AsyncGenerator<Release, void, void> {
    const stapler = this.#get(id);
    let seen = -1;
    while (!signal.aborted && this.#staplers.get(id) === stapler) {
      const fresh = stapler.released.filter(({ number }) => number > seen);
      for (const { release, number } of fresh) {
        seen = number;
        yield release;
      }
      if (fresh.length > 0) continue;
      // Rejects when the signal aborts, and the loop ends.
      await once(stapler.events, "news", { signal }).catch(() => undefined);
    }
  }

  /** Ends every lease and watch. Says nothing to the channels: the relay itself goes. */
  close(): void {
    for (const stapler of this.#staplers.values()) {
      clearTimeout(stapler.lease);
      stapler.held.close();
    }
    const staplers = [...this.#staplers.values()];
    this.#staplers.clear();
    for (const stapler of staplers) stapler.events.emit("news");
  }

  #get(id: string): Stapler {
    const stapler = this.#staplers.get(id);
    if (stapler === undefined) throw new DuetError("not_registered");
    return stapler;
  }

  #release(stapler: Stapler, release: Release): void {
    const at = this.#options.now();
    stapler.released = stapler.released.filter((kept) => at - kept.at < RELEASE_KEPT_MS);
    stapler.released.push({ release, at, number: stapler.count++ });
    stapler.events.emit("news");
  }

  /** By rendezvous hashing, so that several relays choose alike; then remembered, so that a newcomer moves nobody. */
  #choose(channel: ChannelName): Stapler {
    let best: { readonly stapler: Stapler; readonly score: string } | undefined;
    for (const stapler of this.#staplers.values()) {
      const score = createHash("sha256").update(`${stapler.id} ${channel}`).digest("hex");
      if (best === undefined || score > best.score) best = { stapler, score };
    }
    if (best === undefined) throw new DuetError("no_stapler");
    this.#choices.delete(channel);
    this.#choices.set(channel, best.stapler.id);
    const [oldest] = this.#choices.keys();
    if (oldest !== undefined && this.#choices.size > this.#choicesKept) this.#choices.delete(oldest);
    return best.stapler;
  }

  /** What a dead stapler held is not ready and not stapled any more. */
  async #drop(id: string): Promise<void> {
    const stapler = this.#get(id);
    this.#staplers.delete(id);
    stapler.events.emit("news");
    const rounds = stapler.held.rounds();
    stapler.held.close();
    for (const { channel, round } of rounds)
      await this.#options.channels.tell(channel, round, asIfNobodyWere, this.#options.onError);
  }
}

function asIfNobodyWere(channel: Channel): Channel {
  return ROLES.reduce((left, role) => ended(left, role), ended(channel, undefined));
}
