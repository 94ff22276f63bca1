import { type Context, personAtHand } from "../context.js";
import type { DuetError } from "../../protocol/problem.js";
import type { Verify } from "../../transfer/index.js";
import { plural } from "../report/format.js";
import { askYesNo, type Person } from "../terminal/ask.js";

/**
 * The person who can be asked, if there is one.
 *
 * @param stdinIsData the keyboard is not at standard input then, but may be at the terminal that the command was
 *   started from
 */
export function personFor(context: Context, stdinIsData: boolean): Person | undefined {
  const { machine } = context;
  if (!stdinIsData) return machine.hasPerson ? personAtHand(context) : undefined;
  const keyboard = machine.openTerminal();
  return keyboard === undefined ? undefined : personAtHand(context, keyboard);
}

/** Asks whether the digits are the same. Where nobody is, they are not. */
export function verifyAsker(context: Context, stdinIsData: boolean): Verify {
  return async (digits, signal) => {
    context.report.show({ event: "verify", digits });
    const person = personFor(context, stdinIsData);
    if (person === undefined) return false;
    return (await askYesNo(person, "Does the other side show the same digits?", signal)) === "y";
  };
}

/** Asks the sender whether the other side may try again. Where nobody is, it may not. */
export function anotherRoundAsker(
  context: Context,
  stdinIsData: boolean,
): (error: DuetError, guessesLeft: number) => Promise<boolean> {
  return async (_error, guessesLeft) => {
    const person = personFor(context, stdinIsData);
    if (person === undefined) return false;
    const { screen, interrupts } = context;
    screen.prose("The other side gave wrong words. They mistyped the code, or someone else is guessing.");
    return (
      (await askYesNo(
        person,
        `Let them try again? ${plural(guessesLeft, "try").replace(/trys$/, "tries")} left.`,
        interrupts.signal,
      )) === "y"
    );
  };
}
