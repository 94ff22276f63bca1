import { type ChannelName, ROLES, type Role } from "../protocol/names.js";
import type { Hello, RoundRef } from "./admission.js";

/** A connection that was admitted, as the relay was told of it. */
export interface AdmittedSide {
  readonly hello: Hello;
  readonly address: string;
}

/** What is here of one round. */
export interface Presence {
  readonly round: RoundRef;
  readonly sides: readonly AdmittedSide[];
  readonly spliced: boolean;
}

interface Entry {
  readonly round: RoundRef;
  readonly sides: Map<Role, AdmittedSide>;
  spliced: boolean;
}

/** More news than this, kept for a relay that is away, would be of channels that ended long ago. */
const MISSED_MAX = 10_000;

/** An end that the relay could not be told of. */
export interface MissedEnd {
  readonly round: RoundRef;
  readonly alone: Role | undefined;
}

/** What a relay that comes back has to be told: who is here, and who left while it was away. */
export class Ledger {
  readonly #entries = new Map<ChannelName, Entry>();
  #missed: MissedEnd[] = [];

  admitted(round: RoundRef, side: AdmittedSide): void {
    const known = this.#find(round);
    const entry = known ?? { round, sides: new Map<Role, AdmittedSide>(), spliced: false };
    entry.sides.set(side.hello.role, side);
    this.#entries.set(round.channel, entry);
  }

  stapled(round: RoundRef): void {
    const entry = this.#find(round);
    if (entry !== undefined) entry.spliced = true;
  }

  ended(round: RoundRef, alone: Role | undefined): void {
    const entry = this.#find(round);
    if (entry === undefined) return;
    if (alone === undefined) entry.sides.clear();
    else entry.sides.delete(alone);
    if (entry.sides.size === 0) this.#entries.delete(round.channel);
  }

  /** The relay ended the round itself: it needs no news of those who wait. A splice stays until it ends. */
  released(round: RoundRef): void {
    if (this.#find(round)?.spliced === false) this.#entries.delete(round.channel);
  }

  /** @returns what is here of this channel now */
  of(channel: ChannelName): Presence | undefined {
    const entry = this.#entries.get(channel);
    if (entry === undefined) return undefined;
    const sides = ROLES.flatMap((role) => entry.sides.get(role) ?? []);
    return { round: entry.round, sides, spliced: entry.spliced };
  }

  channels(): readonly ChannelName[] {
    return [...this.#entries.keys()];
  }

  missed(end: MissedEnd): void {
    if (this.#missed.length < MISSED_MAX) this.#missed.push(end);
  }

  /** @returns every missed end, which is then forgotten */
  takeMissed(): readonly MissedEnd[] {
    const missed = this.#missed;
    this.#missed = [];
    return missed;
  }

  #find({ channel, round }: RoundRef): Entry | undefined {
    const entry = this.#entries.get(channel);
    return entry?.round.round === round ? entry : undefined;
  }
}
