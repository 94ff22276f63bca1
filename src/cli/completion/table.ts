import { COMMANDS, type CommandSpec, SHELLS } from "../command-line/command-specs.js";
import { longName, type OptionSpec } from "../command-line/options.js";

/** What a shell may offer behind an option or a command. */
export type Offer = "nothing" | "paths" | "folders" | readonly string[];

/** An option as a completion script knows it. */
export interface CompletedOption {
  readonly name: string;
  readonly help: string;
  /** Undefined for a switch, which takes no value. */
  readonly value: Offer | undefined;
}

/** A command as a completion script knows it. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  readonly operands: Offer;
}

const HELP: CompletedOption = { name: "--help", help: "print this help", value: undefined };

/** @returns all commands, from the tables that the parser uses */
export function completedCommands(): readonly CompletedCommand[] {
  return Object.entries(COMMANDS).map(([name, spec]) => ({
    name,
    summary: spec.summary,
    options: [...Object.values(spec.options).map(completedOption), HELP],
    operands: operandsOf(name, spec),
  }));
}

function completedOption(spec: OptionSpec<unknown>): CompletedOption {
  return { name: longName(spec), help: spec.help, value: valueOf(spec) };
}

function valueOf({ flags, choices }: OptionSpec<unknown>): Offer | undefined {
  if (choices !== undefined) return choices;
  if (flags.endsWith("<file>")) return "paths";
  if (flags.endsWith("<dir>")) return "folders";
  return flags.endsWith(">") ? "nothing" : undefined;
}

function operandsOf(name: string, spec: CommandSpec): Offer {
  if (name === "completion") return SHELLS;
  return spec.operands.includes("path") ? "paths" : "nothing";
}
