import { DuetError } from "../protocol/problem.js";
import type { Content } from "../transfer/index.js";
import type { Context } from "./context.js";

export interface ContentValues {
  readonly text: string | undefined;
  readonly name: string | undefined;
  /** For folders. */
  readonly exclude: readonly string[] | undefined;
  readonly gitIgnore: boolean;
}

/** What a command line asks to be sent. Paths are looked at later. @throws DuetError `usage` */
export function contentOf(
  { machine, operands }: Context,
  { text, name, exclude = [], gitIgnore }: ContentValues,
): Content {
  if (text !== undefined) {
    if (operands.length > 0)
      throw new DuetError("usage", {
        message: "--text and paths exclude each other",
        hint: "Send one after the other.",
      });
    return { text };
  }
  if (operands.length === 0)
    throw new DuetError("usage", {
      message: "there is nothing to send",
      hint: "Name a file or folder, `-` for standard input, or use --text.",
    });
  if (operands.includes("-")) {
    if (operands.length > 1)
      throw new DuetError("usage", { message: "- and paths exclude each other", hint: "Send one after the other." });
    if (machine.stdinIsTerminal)
      throw new DuetError("usage", {
        message: "- reads standard input, which is the keyboard here",
        hint: "Pipe something into it: tar c folder | duet send -",
      });
    return { stream: machine.stdin(), ...(name === undefined ? {} : { name }) };
  }
  if (name !== undefined)
    throw new DuetError("usage", { message: "--name is for what - reads", hint: "Files keep their own names." });
  return { paths: operands, exclude, gitIgnore };
}
