import { DuetError } from "../protocol/problem.js";

/**
 * An attacker who knows the words could run rounds until the digits happen to match: one in 2^24 for each. Confirmed
 * rounds and those that broke off count too (PROTOCOL.md section 3, rule 8).
 */
export const VERIFIED_ROUNDS_MAX = 3;

/** What a side that compares digits ends with in place of a fourth round. */
export function noRoundLeft(): DuetError {
  return new DuetError("connection_lost", {
    message: `the connection was lost ${VERIFIED_ROUNDS_MAX} times, and the digits are compared no more often`,
    hint: "Start again with a new code.",
  });
}
