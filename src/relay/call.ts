import { type Caller, type Policy, checkRoom, identify } from "../channel/caller.js";
import type { AddressKey } from "../channel/address.js";
import type { Channel } from "../channel/channel.js";
import { current } from "../channel/lifetime.js";
import { checkRound } from "../channel/rounds.js";
import type { SeatRequest } from "../channel/seats.js";
import type { ChannelName, Role, Uuid } from "../protocol/names.js";
import { isUuid } from "../protocol/names.js";
import { DuetError, isProblem } from "../protocol/problem.js";
import type { StaplerAddress } from "./answers.js";
import type { Channels, Rule } from "./channels.js";
import type { RelayFacts } from "./facts.js";

/** Who is calling, as far as HTTP can tell. */
export interface Identity {
  readonly address: AddressKey;
  /** Whether a request without a uuid may stand for its address; see `Caller`. */
  readonly addressSpeaks: boolean;
  /** Whether a page of another site is behind it, from the address of that page's visitor. */
  readonly otherSite: boolean;
  /** What follows `Bearer` in the Authorization header, unchecked; empty for a header of another form. */
  readonly bearer: string | undefined;
}

/** What every call of a relay shares. */
export interface Services {
  readonly channels: Channels;
  /** @throws DuetError `no_stapler` */
  readonly staplerFor: (channel: ChannelName) => StaplerAddress;
  readonly policy: Policy;
  readonly random: (length: number) => Uint8Array;
  readonly facts: RelayFacts;
}

/** The part of an input that says which channel, in which round, and who is asking. */
export interface Target {
  readonly channel: ChannelName;
  readonly round?: number | undefined;
  readonly uuid?: Uuid | undefined;
}

/** A target that may wait for the other side. */
export interface WaitingTarget extends Target {
  readonly wait?: number | undefined;
}

/** 128 bits: nobody guesses it. A UUID of version 4 has six bits less. */
const UUID_BYTES = 16;

/** One request, as a procedure sees it: who is calling, and the channels. It knows no HTTP, no store and no clock. */
export type Call = Pick<IdentifiedCall, keyof IdentifiedCall>;

/** The context of the public router for one request. */
export function createCall(services: Services, identity: Identity): Call {
  return new IdentifiedCall(services, identity);
}

/** Behind a type without its private members, which tRPC would lose as it maps the type of its context. */
class IdentifiedCall {
  readonly services: Services;
  readonly #identity: Identity;

  constructor(services: Services, identity: Identity) {
    this.services = services;
    this.#identity = identity;
  }

  /** Whether the request has an Authorization header. */
  get hasBearer(): boolean {
    return this.#identity.bearer !== undefined;
  }

  /** Whether a page of another site sent the request. */
  get isOfAnotherSite(): boolean {
    return this.#identity.otherSite;
  }

  /** Where the request comes from. */
  get address(): AddressKey {
    return this.#identity.address;
  }

  /**
   * A rule of one side, applied to the channel.
   *
   * @param as the side that the step belongs to; undefined where either may call
   * @returns the channel as it is now
   * @throws DuetError `unknown_channel`, `closed`, `channel_full`, `round_over`, `not_yours`, and what the rule throws
   */
  update(
    target: Target,
    as: Role | undefined,
    rule: (channel: Channel, role: Role, now: number) => Channel,
  ): Promise<Channel> {
    const caller = this.caller(target.uuid);
    return this.services.channels.apply(target.channel, (stored, now) => {
      const { channel, role } = this.enter(stored, now, target, caller, as);
      const next = rule(channel, role, now);
      return { channel: next, answer: next };
    });
  }

  /**
   * What one side may read, once it is there.
   *
   * @param pick throws `not_yet` as long as the other side has not acted
   * @throws DuetError like `update`, and `not_yet`
   */
  read<T>(
    target: WaitingTarget,
    as: Role | undefined,
    gone: AbortSignal | undefined,
    pick: (channel: Channel) => T,
  ): Promise<T> {
    const wait = { milliseconds: waitOf(target), address: this.address, gone, unknown: "refuse" } as const;
    return this.services.channels.applyOrWait(target.channel, this.#reading(target, as, pick), wait);
  }

  /** What one side may read, now and whenever the channel changes. */
  watch<T>(
    target: Target,
    as: Role | undefined,
    gone: AbortSignal | undefined,
    pick: (channel: Channel) => T,
  ): AsyncGenerator<T, void, void> {
    return this.services.channels.watch(target.channel, this.#reading(target, as, pick), {
      address: this.address,
      gone,
    });
  }

  /** Who waits has used the channel, and its address counts, though it has no answer yet. */
  #reading<T>(target: Target, as: Role | undefined, pick: (channel: Channel) => T): Rule<T> {
    const caller = this.caller(target.uuid);
    return (stored, now) => {
      const { channel } = this.enter(stored, now, target, caller, as);
      try {
        return { channel, answer: pick(channel) };
      } catch (error) {
        if (isProblem(error, "not_yet")) return { channel };
        throw error;
      }
    };
  }

  /** The channel at `now` for a caller that is in it, its address counted. */
  enter(
    stored: Channel | undefined,
    now: number,
    target: Target,
    caller: Caller,
    as: Role | undefined,
  ): { readonly channel: Channel; readonly role: Role } {
    const channel = current(stored, now);
    checkRoom(channel, caller.address, this.services.policy);
    // Before the seats are looked at: a recipient of the round that ended may have no seat in this one.
    checkRound(channel, target.round);
    return identify(channel, caller, as, this.services.policy);
  }

  /**
   * Who is calling, with the uuid of the body if there is one.
   *
   * @throws DuetError `bad_request` when header and body differ, `not_yours` for an Authorization that is no uuid
   */
  caller(uuid: Uuid | undefined): Caller {
    const { address, addressSpeaks, bearer } = this.#identity;
    if (bearer === undefined)
      return uuid === undefined
        ? { address, addressSpeaks, bearer: false }
        : { address, addressSpeaks, bearer: false, uuid };
    // Never tried as an address.
    if (!isUuid(bearer)) throw new DuetError("not_yours");
    if (uuid !== undefined && uuid !== bearer) {
      throw new DuetError("bad_request", {
        message: "the uuid in the body is not the one in the Authorization header",
        hint: "Send it in one place only.",
      });
    }
    return { address, addressSpeaks, bearer: true, uuid: bearer };
  }

  /** For taking a seat: with the caller's uuid, or one made here. */
  seat(uuid: Uuid | undefined): Omit<SeatRequest, "now"> {
    const { bearer } = this.#identity;
    if (bearer !== undefined && !isUuid(bearer)) {
      throw new DuetError("bad_request", {
        message: "the Authorization header is not `Bearer <uuid>`",
        hint: "A uuid has 22 to 64 characters of A-Z a-z 0-9 _ and -.",
      });
    }
    const caller = this.caller(uuid);
    return { caller, uuid: caller.uuid ?? this.#newUuid(), policy: this.services.policy };
  }

  #newUuid(): Uuid {
    return Buffer.from(this.services.random(UUID_BYTES)).toString("base64url") as Uuid;
  }
}

/** How long the caller is ready to wait, in milliseconds. */
export function waitOf({ wait = 0 }: { readonly wait?: number | undefined }): number {
  return wait * 1000;
}
