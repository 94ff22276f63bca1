import { createInterface } from "node:readline";
import type { Screen } from "./screen.js";

/** A person who can be asked: a keyboard, and the screen that they look at. */
export interface Person {
  readonly keyboard: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly screen: Screen;
  /** Ctrl-C while a question is open: the terminal is in raw mode then and sends no signal. */
  interrupt(): void;
}

interface LineOptions {
  readonly signal: AbortSignal;
  /** What Tab offers for a line: the line's possible continuations, and the part of it that they replace. */
  readonly complete?: (line: string) => [candidates: string[], replaced: string];
}

/**
 * One line, with editing; Ctrl-D or a closed terminal is an empty answer of its own.
 *
 * @returns the line, or undefined when there will be none
 * @throws the signal's reason
 */
export function askLine(
  person: Person,
  prompt: string,
  { signal, complete }: LineOptions,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    person.screen.clear();
    const readline = createInterface({
      input: person.keyboard,
      output: person.output,
      terminal: true,
      // What was typed may be a secret: it is in no history.
      historySize: 0,
      ...(complete === undefined ? {} : { completer: complete }),
    });
    let answer: string | undefined;
    const aborted = (): void => {
      readline.close();
    };
    signal.addEventListener("abort", aborted, { once: true });
    readline.on("SIGINT", () => person.interrupt());
    readline.on("line", (line) => {
      answer = line;
      readline.close();
    });
    readline.on("close", () => {
      signal.removeEventListener("abort", aborted);
      if (answer === undefined) person.output.write("\n");
      if (signal.aborted) reject(signal.reason);
      else resolve(answer);
    });
    readline.setPrompt(prompt);
    readline.prompt();
  });
}

/** What a person may answer beside yes and no. */
export interface Choice {
  /** One letter. */
  readonly key: string;
  readonly meaning: string;
}

/**
 * A question with yes and no, and no when the person just presses Enter.
 *
 * @param more answers beside them
 * @returns "y", "n", or the key of one of `more`
 */
export async function askYesNo(
  person: Person,
  question: string,
  signal: AbortSignal,
  more: readonly Choice[] = [],
): Promise<string> {
  const others = more.map(({ key, meaning }) => `, ${key} = ${meaning}`).join("");
  for (;;) {
    const answer = await askLine(person, `${question} [y/N${others}] `, { signal });
    const word = (answer ?? "n").trim().toLowerCase();
    if (word === "" || word === "n" || word === "no") return "n";
    if (word === "y" || word === "yes") return "y";
    if (more.some(({ key }) => key === word)) return word;
    person.screen.line("Please answer y for yes or n for no.");
  }
}
