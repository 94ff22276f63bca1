import { noRoundLeft, VERIFIED_ROUNDS_MAX } from "../../client/index.js";
import type { Session } from "../../protocol/index.js";
import { DuetError } from "../../protocol/problem.js";

/** Asks a person whether the other side shows the same digits. */
export type Verify = (sas: string, signal: AbortSignal) => Promise<boolean>;

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
   * Before another round is begun: waits until the person has answered for the one before.
   *
   * @throws DuetError `connection_lost` when there were too many to compare, `interfered` when the person said no
   */
  async beginRound(): Promise<void> {
    await this.#answer;
    this.#rounds++;
    if (this.#ask !== undefined && this.#rounds > VERIFIED_ROUNDS_MAX) throw noRoundLeft();
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
