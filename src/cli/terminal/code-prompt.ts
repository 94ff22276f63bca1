import { completeWord, parseCode } from "../../protocol/index.js";
import { DuetError, isProblem } from "../../protocol/problem.js";
import { askLine, type Person } from "./ask.js";

/** Words are told by four letters, so after one letter there is nothing to choose from yet: about 80 words. */
const MIN_LETTERS = 1;

/**
 * What Tab does while a code is typed: it completes the word behind the last dash or space. The channel, before the
 * first dash, has no list to complete from.
 *
 * @returns candidates and the part of the line that they replace, as node:readline wants it
 */
export function completeCode(line: string): [candidates: string[], replaced: string] {
  const [, word] = /^\s*[0-9A-Za-z]+[\s._-]+(?:.*[\s._-])?([A-Za-z]*)$/.exec(line) ?? [];
  if (word === undefined || word.length < MIN_LETTERS) return [[], line];
  const words = completeWord(word);
  // One word only: the person goes on with the next one.
  return [words, word];
}

/**
 * Asks for the code until it is one. A typo is told at once and spends nothing.
 *
 * @returns the code as typed; `parseCode` has accepted it
 * @throws DuetError `usage` when there will be no answer; the signal's reason
 */
export async function askForCode(person: Person, signal: AbortSignal): Promise<string> {
  for (;;) {
    const line = await askLine(person, "Code: ", { signal, complete: completeCode });
    if (line === undefined)
      throw new DuetError("usage", { message: "no code was given", hint: "The sender's command shows it." });
    if (line.trim() === "") continue;
    try {
      parseCode(line);
      return line;
    } catch (error) {
      if (!isProblem(error, "bad_code")) throw error;
      person.screen.prose(`${capital(error.message)}. ${error.hint}`);
    }
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
