import { addressKey } from "../../channel/address.js";
import { type Policy, identify } from "../../channel/caller.js";
import { current } from "../../channel/lifetime.js";
import { admit, ended, stapled } from "../../channel/presence.js";
import { checkRound } from "../../channel/rounds.js";
import type { ChannelName, Hk, Role, Uuid } from "../../protocol/names.js";
import { DuetError, isProblem } from "../../protocol/problem.js";
import type { Channels } from "../channels.js";
import { sameHash } from "../secrets.js";
import type { Release, RoundRef } from "./held-rounds.js";
import type { Advertisement, StaplerRegistry } from "./registry.js";

/** What the door works on. */
export interface StaplerDoorOptions {
  readonly channels: Channels;
  readonly registry: StaplerRegistry;
  readonly policy: Policy;
}

/** A peer that said its hello line to a stapler. */
export interface Admittance {
  /** The stapler's name. */
  readonly stapler: string;
  readonly role: Role;
  readonly channel: ChannelName;
  readonly uuid: Uuid | null;
  readonly h_k: Hk;
  /** The peer's IP address, as the stapler's socket has it. */
  readonly address: string;
}

/** A round at a stapler. */
export interface StaplerRound extends RoundRef {
  readonly stapler: string;
}

/**
 * What a relay does for its staplers. The internal router serves it over HTTP; a stapler in the same process calls it
 * directly, which is several times faster than a call through tRPC. Arguments are checked already, by the router's
 * schemas or by the stapler's own parser.
 */
export class StaplerDoor {
  readonly #channels: Channels;
  readonly #registry: StaplerRegistry;
  readonly #policy: Policy;

  constructor({ channels, registry, policy }: StaplerDoorOptions) {
    this.#channels = channels;
    this.#registry = registry;
    this.#policy = policy;
  }

  /** A stapler is there, and says where peers reach it. To be repeated well within the lease. */
  register(id: string, advertise: Advertisement): { lease_ms: number; first: boolean } {
    return this.#registry.register(id, advertise);
  }

  /**
   * Whether a peer that said hello may wait for its other side (PROTOCOL.md, section 5).
   *
   * @throws DuetError `not_registered`, `bad_request`, `unknown_channel`, `closed`, `full`, `not_yours`, `round_over`,
   *   `not_open`, `wrong_h_k`, `store_unavailable`
   */
  async admit({ stapler, role, channel, uuid, h_k: hK, address: ip }: Admittance): Promise<RoundRef> {
    this.#registry.check(stapler);
    const address = addressKey(ip);
    if (address === undefined) throw new DuetError("bad_request", { message: "not an IP address" });
    const caller = { address, addressSpeaks: true, bearer: false, ...(uuid === null ? {} : { uuid }) };
    try {
      const round = await this.#channels.apply(channel, (stored, now) => {
        const known = identify(current(stored, now), caller, role, this.#policy).channel;
        return { channel: admit(known, role, hK, sameHash), answer: known.round };
      });
      this.#registry.hold(stapler, { channel, round }, role);
      return { channel, round };
    } catch (error) {
      // The stapler's word for it.
      throw isProblem(error, "channel_full") ? new DuetError("full") : error;
    }
  }

  /**
   * Step 15: both connections of a round are spliced.
   *
   * @throws DuetError `not_registered`, `unknown_channel`, `closed`, `round_over`, `store_unavailable`
   */
  async stapled({ stapler, ...ref }: StaplerRound): Promise<void> {
    this.#registry.check(stapler);
    await this.#channels.apply(ref.channel, (stored, now) => {
      const channel = current(stored, now);
      checkRound(channel, ref.round);
      return { channel: stapled(channel), answer: true };
    });
    this.#registry.stapled(stapler, ref);
  }

  /**
   * A splice ended, or with a role: the connection of one side that was still alone.
   *
   * @throws DuetError `not_registered`, `store_unavailable`
   */
  async ended({ stapler, role, ...ref }: StaplerRound & { readonly role?: Role | undefined }): Promise<void> {
    this.#registry.check(stapler);
    this.#registry.ended(stapler, ref, role);
    await this.#channels.tell(ref.channel, ref.round, (channel) => ended(channel, role));
  }

  /** The rounds that ended at the relay, of those that this stapler was admitted to. */
  releases(stapler: string, signal: AbortSignal): AsyncGenerator<Release, void, void> {
    return this.#registry.releases(stapler, signal);
  }
}
