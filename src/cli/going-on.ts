import { DuetError, exitCode, isProblem } from "../protocol/problem.js";
import { COMMAND } from "./report/failure.js";
import { quoteCommand, quoteWord } from "./quote.js";

/**
 * The command that goes on with a transfer after this process has ended: the one that was typed, with the code in the
 * environment.
 *
 * @param code words included; it is told to the person who has it already
 * @param argv the whole command line
 * @param typed the code as it was typed as a word of its own
 */
export function commandToGoOn(code: string, argv: readonly string[], typed?: string): string {
  return `DUET_CODE=${quoteWord(code)} ${quoteCommand(["duet", ...withoutCode(argv.slice(2), typed)])}`;
}

/**
 * A loss that another run of the same command repairs says which command that is.
 *
 * @param command of `commandToGoOn`
 * @param isKept whether what has arrived outlives this process: then an interruption is no end either
 */
export function withCommandToGoOn(error: unknown, command: string, isKept = false): unknown {
  const isStopped = isKept && isProblem(error, "interrupted");
  if (!(error instanceof DuetError) || (exitCode(error.code) !== 6 && !isStopped)) return error;
  return new DuetError(error.code, {
    message: error.message,
    hint: isStopped
      ? "What has arrived is kept for a week. If the other side starts again too, go on with:"
      : "To try again with the same code, run:",
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
