import type { Advertisement, Admittance, Release, RoundRef, StaplerDoor, StaplerRound } from "../relay/index.js";
import { DuetError } from "../protocol/problem.js";
import { type Clock, systemClock } from "./clock.js";

/** Whoever listens for rounds that ended. */
export interface ReleaseListener {
  readonly released: (release: Release) => void;
  /** Nothing more will come of this stream. May be called more than once. */
  readonly lost: () => void;
}

/**
 * The calls that a stapler makes to its relay, the same in one process and over HTTP. They reject with whatever the
 * transport throws: `problemOf` tells what it means.
 */
export interface RelayCalls {
  register(id: string, advertise: Advertisement, timeoutMs: number): Promise<Lease>;
  admit(peer: Admittance, timeoutMs: number): Promise<Pick<RoundRef, "round">>;
  stapled(round: StaplerRound, timeoutMs: number): Promise<void>;
  ended(round: EndedRound, timeoutMs: number): Promise<void>;
  /** @returns stops it */
  releases(stapler: string, listener: ReleaseListener): () => void;
}

/** A relay's door: the class, or something of its shape. */
export type Door = Pick<StaplerDoor, keyof StaplerDoor>;

interface Lease {
  readonly lease_ms: number;
  readonly first: boolean;
}

/** A splice that ended; with a role, the connection of that side, still alone. */
export type EndedRound = Parameters<StaplerDoor["ended"]>[0];

/**
 * The relay in this process: no HTTP, no schema, no abort signal per call. Through tRPC's local link a pair cost 0.5 ms
 * of processor time more, most of it for abort signals and the exceptions that they carry.
 */
export function callsTo(door: Door, clock: Clock = systemClock): RelayCalls {
  return {
    // Nothing here waits.
    register: async (id, advertise) => door.register(id, advertise),
    admit: (peer, timeoutMs) => within(timeoutMs, clock, door.admit(peer)),
    stapled: (round, timeoutMs) => within(timeoutMs, clock, door.stapled(round)),
    ended: (round, timeoutMs) => within(timeoutMs, clock, door.ended(round)),
    releases(stapler, { released, lost }) {
      const stopping = new AbortController();
      const follow = async (): Promise<void> => {
        for await (const release of door.releases(stapler, stopping.signal)) released(release);
      };
      void follow().finally(lost).catch(lost);
      return () => stopping.abort();
    },
  };
}

/** A store may not answer; the peer behind the call must not wait for ever. */
async function within<Result>(ms: number, clock: Clock, call: Promise<Result>): Promise<Result> {
  let cancel = (): void => {};
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(ms, () => reject(new DuetError("unavailable", { message: "the relay does not answer" })));
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    cancel();
  }
}
