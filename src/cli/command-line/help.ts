import type { CommandSpec } from "./command-specs.js";
import { environmentName, SECRET_VARIABLES } from "./options.js";

/** What `duet --help` says around the list of commands. */
export const ROOT_HELP = {
  about: `Sends files from one computer to another, encrypted from end to end. One side runs \`duet send\`, which prints a short code; the other side runs \`duet receive\` with it.`,
  after: `
Start here:
  duet send report.pdf                    prints a code and the command below
  duet receive 4821-cactus-lemon-violin   on the other computer

Exit codes:
  0    everything arrived and was confirmed
  1    a failure with no better number
  2    the command is not valid; nothing was asked of the relay
  3    the words did not match, or someone interfered
  4    the relay or the stapler cannot be reached, or refuses
  5    the other side declined or cancelled
  6    the connection was lost and did not come back, or nobody came
  7    the destination cannot be written, or has no room
  130  interrupted here; the other side is told
`,
} as const;

/** What `duet <command> --help` says below the options. */
export function commandHelp(spec: CommandSpec, columns: number): string {
  return `${examples(spec)}${environment(spec, columns)}`;
}

function examples({ examples: list }: CommandSpec): string {
  const lines = list.flatMap(([command, meaning]) => [`  ${command}`, `      ${meaning}`]);
  return `\nExamples:\n${lines.join("\n")}\n`;
}

function environment(spec: CommandSpec, columns: number): string {
  const names = Object.values(spec.options).map(environmentName);
  const secrets = spec.variables.map((name) => `  ${name}\n      ${SECRET_VARIABLES[name]}`);
  const parts: string[] = [];
  if (secrets.length > 0) parts.push("\nEnvironment, for what others must not see:", ...secrets);
  if (names.length > 0) parts.push("\nEnvironment, in place of options (a switch is 1 or 0):", ...wrap(names, columns));
  return parts.length === 0 ? "" : `${parts.join("\n")}\n`;
}

/** Words in lines of at most `columns`, indented by two. */
function wrap(words: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 1 <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`  ${word}`);
  }
  return lines;
}
