import { hash } from "./hashes.js";
import { lv } from "./lv.js";
import type { Role } from "./names.js";
import { DuetError } from "./problem.js";
import type { Direction, MessageContext, MessageType } from "./record.js";

/**
 * Which message may come next, in both directions of one connection (PROTOCOL.md section 6). Pure: state in, state
 * out. Both peers keep the same state, each from its end: `begin` when the header of a message is made or matched,
 * `finish` when its last chunk is sealed or opened, `meet` when both hellos are there.
 */

/** How far one direction has come. */
interface Progress {
  /** How many messages have begun: the index of the next. */
  readonly begun: number;
  readonly latest: MessageType | undefined;
  /** Whether the latest is still without its last chunk. */
  readonly isRunning: boolean;
}

export interface Sequence {
  readonly s2r: Progress;
  readonly r2s: Progress;
  /** Undefined until both hellos are there. */
  readonly conn: Uint8Array | undefined;
}

const START: Progress = { begun: 0, latest: undefined, isRunning: false };
const NO_CONN = new Uint8Array(0);
const NOTHING: readonly MessageType[] = [];

/** A connection on which nothing was sent. */
export const NEW_SEQUENCE: Sequence = { s2r: START, r2s: START, conn: undefined };

/** @returns the direction in which a role sends */
export function directionOf(role: Role): Direction {
  return role === "sender" ? "s2r" : "r2s";
}

/** @returns the direction in which a role receives */
export function incomingOf(role: Role): Direction {
  return role === "sender" ? "r2s" : "s2r";
}

/** @returns what may begin now, at most three types; empty while a message runs, and when all is said */
export function mayFollow(sequence: Sequence, direction: Direction): readonly MessageType[] {
  const { latest, isRunning } = sequence[direction];
  if (isRunning) return NOTHING;
  if (latest === undefined) return ["hello"];
  // Nobody sends a second message before the other's hello: without its nonce there is no conn.
  if (sequence.conn === undefined) return NOTHING;
  return direction === "s2r" ? senderMay(sequence, latest) : recipientMay(sequence, latest);
}

/** @returns the place of the message that may begin now */
export function contextOf(sequence: Sequence, direction: Direction): MessageContext {
  const { begun } = sequence[direction];
  return { direction, index: begun, conn: begun === 0 ? NO_CONN : (sequence.conn ?? NO_CONN) };
}

/** @throws DuetError `bad_message` when that type may not come now */
export function begin(sequence: Sequence, direction: Direction, type: MessageType): Sequence {
  if (!mayFollow(sequence, direction).includes(type)) throw outOfTurn(type);
  return { ...sequence, [direction]: { begun: sequence[direction].begun + 1, latest: type, isRunning: true } };
}

/** @throws DuetError `bad_message` when no message runs */
export function finish(sequence: Sequence, direction: Direction): Sequence {
  const progress = sequence[direction];
  if (!progress.isRunning) throw outOfTurn("the end of nothing");
  return { ...sequence, [direction]: { ...progress, isRunning: false } };
}

/**
 * Both hellos are there: from now on every message is bound to this connection.
 *
 * @throws DuetError `bad_message` when they are not
 */
export function meet(sequence: Sequence, nonceS: Uint8Array, nonceR: Uint8Array): Sequence {
  const isGreeted = ({ latest, isRunning }: Progress): boolean => latest === "hello" && !isRunning;
  if (!isGreeted(sequence.s2r) || !isGreeted(sequence.r2s) || sequence.conn !== undefined) throw outOfTurn("a meeting");
  return { ...sequence, conn: hash("sha256", lv(nonceS, nonceR)) };
}

function senderMay({ r2s }: Sequence, latest: MessageType): readonly MessageType[] {
  switch (latest) {
    case "hello":
      return ["manifest", "error"];
    case "manifest":
      // What is sent and from where is the recipient's word.
      return hasFinished(r2s, "accept") ? ["body", "end", "error"] : ["error"];
    case "body":
      return ["body", "end", "error"];
    case "end":
      return ["error"];
    default:
      return NOTHING;
  }
}

function recipientMay({ s2r }: Sequence, latest: MessageType): readonly MessageType[] {
  switch (latest) {
    case "hello":
      return hasFinished(s2r, "manifest") ? ["accept", "error"] : ["error"];
    case "accept":
      return hasFinished(s2r, "end") ? ["ack", "error"] : ["error"];
    default:
      return NOTHING;
  }
}

function hasFinished({ latest, isRunning }: Progress, type: MessageType): boolean {
  return latest === type && !isRunning;
}

function outOfTurn(what: string): DuetError {
  return new DuetError("bad_message", { message: `${what} out of turn` });
}
