import { type ProblemCode, PROBLEMS } from "../../src/protocol/problem.js";

/** Something that a user does wrong, or that goes wrong for them. */
export interface Mistake {
  readonly what: string;
  /** The relay's address, as it is reached for this. */
  readonly relay: string;
  readonly channel: string;
  /** What every client must say. */
  readonly code: ProblemCode;
}

/** What a client shows of a call; without a code when it was answered. */
export interface Shown {
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
}

/**
 * Compares with the one table (src/protocol/problem.ts). Of a relay that is away a client may say more behind the
 * message, such as what the system says.
 *
 * @returns what is wrong with what a client shows, if anything is
 */
export function difference({ code }: Mistake, shown: Shown): string | undefined {
  const { message, hint } = PROBLEMS[code];
  const isMessage = code === "relay_unreachable" ? shown.message?.startsWith(message) : shown.message === message;
  if (shown.code === code && shown.hint === hint && isMessage === true) return undefined;
  return `expected ${JSON.stringify({ code, message, hint })}, it shows ${JSON.stringify(shown)}`;
}
