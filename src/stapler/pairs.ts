import type { StaplerErrorCode } from "../protocol/hello-line.js";
import { type ChannelName, type Role, otherRole } from "../protocol/names.js";
import type { Release, RoundRef } from "./admission.js";
import type { Clock } from "./clock.js";
import { Splice, type SpliceSide } from "./splice.js";

/** A peer whose hello line was admitted. */
export interface Party extends SpliceSide {
  readonly role: Role;
  /** It is alone: it is told so, and `left` is called when its connection ends. */
  wait(): void;
  /** It is about to be spliced, and no longer waits if it did. */
  join(): void;
  /** Tells it why, and lets it go. */
  refuse(code: StaplerErrorCode): void;
  /** Asks the relay once more, then calls `confirm`, or leaves. */
  askAgain(round: RoundRef): Promise<void>;
}

/** What the meeting of two parties tells the outside. */
export interface PairsOwner {
  readonly clock: Clock;
  /** See `StaplerLimits`. */
  readonly quietSpliceMs: number;
  moved(bytes: number): void;
  stapled(round: RoundRef): void;
  ended(round: RoundRef, alone?: Role): void;
}

/** A hello line that the relay is being asked about: what happens to its channel meanwhile is noted here. */
export interface Expected {
  readonly channel: ChannelName;
  readonly since: number;
  /** An end was reported, which the relay may have taken for the end of this one. */
  outdated: boolean;
  readonly releases: Release[];
}

/** The latest round of a channel that someone is here for. Either one waits, or two are spliced. */
interface Meeting {
  readonly round: RoundRef;
  readonly since: number;
  waiting?: Party;
  splice?: Splice;
}

/** Brings the two sides of a round together (PROTOCOL.md section 5; seed steps 14 and 15). */
export class Pairs {
  readonly #owner: PairsOwner;
  readonly #meetings = new Map<ChannelName, Meeting>();
  readonly #expected = new Map<ChannelName, Set<Expected>>();
  #events = 0;
  #waiting = 0;
  #splices = 0;
  #stopped = false;

  constructor(owner: PairsOwner) {
    this.#owner = owner;
  }

  get waiting(): number {
    return this.#waiting;
  }

  get spliced(): number {
    return this.#splices;
  }

  /** To be called before the relay is asked about a hello line; then exactly one of `arrive` and `forget`. */
  expect(channel: ChannelName): Expected {
    this.#events += 1;
    const expected: Expected = { channel, since: this.#events, outdated: false, releases: [] };
    const others = this.#expected.get(channel);
    if (others === undefined) this.#expected.set(channel, new Set([expected]));
    else others.add(expected);
    return expected;
  }

  /** The relay refused it. */
  forget(expected: Expected): void {
    const others = this.#expected.get(expected.channel);
    others?.delete(expected);
    if (others?.size === 0) this.#expected.delete(expected.channel);
  }

  /** The relay admitted it to `round`. */
  arrive(expected: Expected, round: RoundRef, party: Party): void {
    try {
      this.#meet(expected, round, party);
      if (expected.outdated && this.#meetings.get(round.channel)?.waiting === party) void party.askAgain(round);
    } finally {
      this.forget(expected);
    }
  }

  /** The relay admitted a waiting party once more. @param again the round that it says now */
  confirm(party: Party, round: RoundRef, again: RoundRef): void {
    const meeting = this.#meetings.get(round.channel);
    if (meeting === undefined) this.#ended(again, party.role);
    else if (meeting.waiting === party && again.round !== round.round) this.#release(meeting, "round_over");
  }

  /**
   * A party goes away by itself, or is about to be refused.
   *
   * @returns false if it was not waiting
   */
  left(party: Party, round: RoundRef): boolean {
    const meeting = this.#meetings.get(round.channel);
    if (meeting?.waiting !== party) return false;
    this.#takeWaiting(meeting, party);
    this.#ended(round, party.role);
    return true;
  }

  /** The relay says that a round ended. A splice of a closed channel is left to its peers. */
  release(release: Release): void {
    for (const expected of this.#expected.get(release.channel) ?? []) expected.releases.push(release);
    const meeting = this.#meetings.get(release.channel);
    if (meeting?.round.round === release.round) this.#release(meeting, release.code);
  }

  /** Lets go of everyone that waits, now and from now on. Splices stay. */
  stop(): void {
    this.#stopped = true;
    for (const meeting of this.#meetings.values()) {
      const { waiting, round } = meeting;
      if (waiting !== undefined && this.left(waiting, round)) waiting.refuse("unavailable");
    }
  }

  #meet(expected: Expected, round: RoundRef, party: Party): void {
    const release = expected.releases.find((one) => one.round === round.round);
    if (release !== undefined) return this.#turnAway(round, party, release.code);
    const known = this.#meetings.get(round.channel);
    if (known !== undefined && known.round.round !== round.round) {
      // The relay's later answer is the truth. That is not always the higher number: a relay that lost its memory
      // counts from 1 again.
      if (known.since > expected.since && known.round.round > round.round) {
        return this.#turnAway(round, party, "round_over");
      }
      this.#release(known, "round_over");
    }
    const meeting = this.#meetings.get(round.channel);
    const partner = meeting?.waiting?.role === otherRole(party.role) ? meeting.waiting : undefined;
    // Alone, a peer that has ended its direction counts as gone; with a partner, that is half-close.
    if (party.leg.destroyed || (party.ended && partner === undefined)) {
      party.leg.destroy();
      if (meeting?.splice === undefined && meeting?.waiting?.role !== party.role) this.#ended(round, party.role);
      return;
    }
    meeting?.splice?.destroy();
    if (meeting === undefined || partner === undefined) this.#wait(round, party);
    else this.#staple(meeting, partner, party);
  }

  /** The relay has admitted it to a round that is over by now. */
  #turnAway(round: RoundRef, party: Party, code: StaplerErrorCode): void {
    party.refuse(code);
    this.#ended(round, party.role);
  }

  #wait(round: RoundRef, party: Party): void {
    const older = this.#meetings.get(round.channel);
    this.#events += 1;
    this.#meetings.set(round.channel, { round, since: this.#events, waiting: party });
    this.#waiting += 1;
    if (older?.waiting !== undefined) this.#takeWaiting(older, older.waiting).refuse("replaced");
    party.wait();
    if (this.#stopped) this.stop();
  }

  #staple(meeting: Meeting, first: Party, second: Party): void {
    delete meeting.waiting;
    this.#waiting -= 1;
    first.join();
    second.join();
    this.#splices += 1;
    // Before the peers hear of it, so that a peer that asks the relay next is told the same.
    this.#owner.stapled(meeting.round);
    meeting.splice = new Splice(first, second, {
      clock: this.#owner.clock,
      quietSpliceMs: this.#owner.quietSpliceMs,
      moved: (bytes) => this.#owner.moved(bytes),
      over: () => this.#spliceOver(meeting),
    });
  }

  #spliceOver(meeting: Meeting): void {
    delete meeting.splice;
    this.#splices -= 1;
    this.#tidy(meeting);
    this.#ended(meeting.round);
  }

  #release(meeting: Meeting, code: "closed" | "round_over"): void {
    if (meeting.waiting !== undefined) this.#takeWaiting(meeting, meeting.waiting).refuse(code);
    if (code === "round_over") meeting.splice?.destroy();
  }

  #takeWaiting(meeting: Meeting, party: Party): Party {
    delete meeting.waiting;
    this.#waiting -= 1;
    this.#tidy(meeting);
    return party;
  }

  #tidy(meeting: Meeting): void {
    const { channel } = meeting.round;
    const empty = meeting.waiting === undefined && meeting.splice === undefined;
    if (empty && this.#meetings.get(channel) === meeting) this.#meetings.delete(channel);
  }

  #ended(round: RoundRef, alone?: Role): void {
    for (const expected of this.#expected.get(round.channel) ?? []) expected.outdated = true;
    this.#owner.ended(round, alone);
  }
}
