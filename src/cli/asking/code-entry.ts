import type { Readable } from "node:stream";
import { type Code, parseCode } from "../../protocol/index.js";
import { DuetError } from "../../protocol/problem.js";
import { type Context, personAtHand } from "../context.js";
import { CODE_IS_VISIBLE, maskedTitle, processListIsPublic } from "../machine/process-list.js";
import { askForCode } from "../terminal/code-prompt.js";

/**
 * The recipient's code: from the command line, from `DUET_CODE`, from the first line of a standard input that is no
 * terminal, or from the person.
 *
 * @param beforeAsking is called when it is waited for, which takes a while
 * @throws DuetError `bad_code`, `usage`, and the reason of an interruption
 */
export async function recipientCode(context: Context, beforeAsking: () => void): Promise<Code> {
  const { machine, operands, interrupts } = context;
  const [typed] = operands;
  if (typed !== undefined) {
    hideTypedCode(context, typed);
    return parseCode(typed);
  }
  const given = machine.environment["DUET_CODE"];
  if (given !== undefined && given !== "") return parseCode(given);
  if (!machine.stdinIsTerminal) {
    // What a program writes is there at once, and may be no code: then no relay is to be asked. What comes later may come
    // from a person, in a window of another program.
    const waiting = setTimeout(beforeAsking, WRITTEN_AT_ONCE_MS);
    try {
      return parseCode(await firstLine(machine.stdin()));
    } finally {
      clearTimeout(waiting);
    }
  }
  if (!machine.hasPerson) throw noCode();
  beforeAsking();
  return parseCode(await askForCode(personAtHand(context), interrupts.signal));
}

/** A code on the command line is in the list of processes until we write over it; where others can see that, one line says so. */
export function hideTypedCode({ machine, report }: Pick<Context, "machine" | "report">, code: string): void {
  machine.setTitle(maskedTitle(machine.argv, code));
  if (processListIsPublic(machine.platform)) report.show({ event: "warning", message: CODE_IS_VISIBLE });
}

/** A program that has the code hands it over sooner, on a slow machine too; a person types it in seconds. */
const WRITTEN_AT_ONCE_MS = 500;

/** Longer than any code: what a person meant to send somewhere else is not read to its end. */
const LINE_MAX = 4096;

async function firstLine(input: Readable): Promise<string> {
  let text = "";
  for await (const chunk of input.setEncoding("utf8")) {
    text += String(chunk);
    if (text.includes("\n") || text.length > LINE_MAX) break;
  }
  const line = text.split("\n", 1)[0] ?? "";
  if (line.trim() === "") throw noCode();
  return line;
}

function noCode(): DuetError {
  return new DuetError("usage", {
    message: "no code was given",
    hint: "Give the code that the sender's command shows, as `duet receive CODE`, in DUET_CODE, or on standard input.",
  });
}
