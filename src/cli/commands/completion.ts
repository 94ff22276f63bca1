import { DuetError } from "../../protocol/problem.js";
import { SHELLS } from "../command-specs.js";
import { bashScript } from "../completion/bash.js";
import { fishScript } from "../completion/fish.js";
import { zshScript } from "../completion/zsh.js";

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** `duet completion bash|zsh|fish`. @returns the script. @throws DuetError `usage` */
export function completion(operands: readonly string[]): string {
  const shell = SHELLS.find((known) => known === operands[0]);
  if (shell === undefined) {
    throw new DuetError("usage", {
      message: `no completion for ${JSON.stringify(operands[0] ?? "")}`,
      hint: `Known shells: ${SHELLS.join(", ")}.`,
    });
  }
  return SCRIPTS[shell]();
}
