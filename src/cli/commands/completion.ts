import { DuetError } from "../../protocol/problem.js";
import { SHELLS } from "../command-line/command-specs.js";
import type { Context } from "../context.js";
import { bashScript } from "../completion/bash.js";
import { fishScript } from "../completion/fish.js";
import { zshScript } from "../completion/zsh.js";

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** `duet completion bash|zsh|fish`. @throws DuetError `usage` */
export async function completion({ machine, operands }: Context): Promise<void> {
  machine.stdout.write(completionScript(operands[0] ?? ""));
}

/** @throws DuetError `usage` for a shell that is not known */
export function completionScript(name: string): string {
  const shell = SHELLS.find((known) => known === name);
  if (shell === undefined) {
    throw new DuetError("usage", {
      message: `no completion for ${JSON.stringify(name)}`,
      hint: `Known shells: ${SHELLS.join(", ")}.`,
    });
  }
  return SCRIPTS[shell]();
}
