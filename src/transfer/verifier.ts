import type { Session } from "../protocol/index.js";
import { DuetError } from "../protocol/problem.js";

/** Asks a person whether the other side shows the same digits. */
export type Verify = (sas: string, signal: AbortSignal) => Promise<boolean>;

/**
 * An attacker who knows the words could run rounds until the digits happen to match: one in 2^24 for each. Confirmed
 * rounds count too (PROTOCOL.md section 3, rule 8).
 */
const ROUNDS_MAX = 3;

/** Compares digits, once for every round. Without a person to ask it says yes to all. */
export class Verifier {
  readonly #ask: Verify | undefined;
  readonly #signal: AbortSignal;
  #rounds = 0;
  #session: Session | undefined;
  #answer: Promise<void> = Promise.resolve();

  /** @param signal ends a question that is not answered any more */
  constructor(ask: Verify | undefined, signal: AbortSignal) {
    this.#ask = ask;
    this.#signal = signal;
  }

  /**
   * Before another round is begun.
   *
   * @throws DuetError `connection_lost` when there were too many to compare
   */
  beginRound(): void {
    this.#rounds++;
    if (this.#ask === undefined || this.#rounds <= ROUNDS_MAX) return;
    throw new DuetError("connection_lost", {
      message: `the connection was lost ${ROUNDS_MAX} times, and the digits are compared no more often`,
      hint: "Start again with a new code.",
    });
  }

  /**
   * Resolves when the person has said yes to the digits of this round, on whichever of its connections.
   *
   * @throws DuetError `interfered` when the person says no
   */
  check(session: Session, sas: string): Promise<void> {
    const ask = this.#ask;
    if (ask === undefined) return Promise.resolve();
    if (this.#session !== session) {
      this.#session = session;
      this.#answer = ask(sas, this.#signal).then((isEqual) => {
        if (!isEqual) throw new DuetError("interfered", { message: "the digits are not the same on both sides" });
      });
      this.#answer.catch(() => {});
    }
    return this.#answer;
  }
}
