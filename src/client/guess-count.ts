import { DuetError } from "../protocol/problem.js";

/** An attacker gets one guess in a round; the third stops the side that gave it (PROTOCOL.md section 3, rule 7). */
export const GUESSES_MAX = 3;

/**
 * How often someone may have tried the words of one code, for as long as the process knows the code. It only ever
 * grows by a guess: success, a lost connection or a relay that restarts lower nothing.
 */
export class GuessCount {
  #spent = 0;

  get left(): number {
    return GUESSES_MAX - this.#spent;
  }

  /** @throws DuetError `wrong_code` when none is left */
  check(): void {
    if (this.left <= 0) throw noGuessLeft();
  }

  /**
   * Spends a guess, before the thing that allows it is sent: an answer that never comes back may have been heard.
   *
   * @returns takes back this one guess, when the other side has proved that it knows the words
   * @throws DuetError `wrong_code` when none is left
   */
  spend(): () => void {
    this.check();
    this.#spent += 1;
    let isOpen = true;
    return () => {
      if (isOpen) this.#spent -= 1;
      isOpen = false;
    };
  }
}

/** @param cause the failure of the last round, if it had one */
export function noGuessLeft(cause?: unknown): DuetError {
  return new DuetError("wrong_code", {
    message: `wrong code, ${GUESSES_MAX} times`,
    hint: "Someone may be trying to guess the words. Ask for a new code, if possible through another relay.",
    extensions: { guesses_left: 0 },
    ...(cause === undefined ? {} : { cause }),
  });
}
