import { DuetError, exitCode } from "../protocol/problem.js";
import { COMMAND } from "./failure.js";
import { quoteCommand, quoteWord } from "./quote.js";

/**
 * A loss that another run of the same command repairs says which command that is: the one that was typed, with the
 * code in the environment.
 *
 * @param code words included; it is told to the person who has it already
 * @param argv the whole command line
 * @param typed the code as it was typed as a word of its own
 */
export function withCommandToGoOn(error: unknown, code: string, argv: readonly string[], typed?: string): unknown {
  if (!(error instanceof DuetError) || exitCode(error.code) !== 6) return error;
  const command = `DUET_CODE=${quoteWord(code)} ${quoteCommand(["duet", ...withoutCode(argv.slice(2), typed)])}`;
  return new DuetError(error.code, {
    message: error.message,
    hint: "To try again with the same code, run:",
    cause: error,
    extensions: { ...error.extensions, [COMMAND]: command },
  });
}

/** The words of a command line without those that give or make a code. */
function withoutCode(words: readonly string[], typed: string | undefined): string[] {
  const kept: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--code" || word === "--words") at++;
    else if (!/^--(?:code|words)=/.test(word) && word !== typed) kept.push(word);
  }
  return kept;
}
