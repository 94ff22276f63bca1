import { Command, CommanderError, Option } from "commander";
import { DuetError } from "../../protocol/problem.js";
import { COMMANDS, type CommandName, type CommandSpec, SHELLS } from "./command-specs.js";
import { commandHelp, ROOT_HELP } from "./help.js";
import { packageVersion } from "../version.js";

/** A command line that asks for work. */
export interface Invocation {
  readonly command: CommandName;
  readonly operands: readonly string[];
  /** Texts, and `true` for switches; `resolveOptions` reads them. */
  readonly typed: Readonly<Record<string, unknown>>;
}

/** A command line that is answered with a text: help, or the version. */
export interface Answer {
  readonly text: string;
  /** Asked for, so it goes to standard output; else it is shown because nothing was asked. */
  readonly asked: boolean;
}

/**
 * Reads a command line.
 *
 * @param argv without the names of node and of the script
 * @param columns the width that help texts are wrapped to
 * @throws DuetError `usage`
 */
export function parseCommandLine(argv: readonly string[], columns: number): Invocation | Answer {
  const found: { invocation?: Invocation } = {};
  let text = "";
  const program = new Command("duet")
    .usage("<command> [options]")
    .description(ROOT_HELP.about)
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", ROOT_HELP.after)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (part) => (text += part),
      writeErr: (part) => (text += part),
      getOutHelpWidth: () => columns,
      getErrHelpWidth: () => columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: () => {},
    });
  for (const [name, spec] of Object.entries(COMMANDS)) {
    const command = subcommand(program, name, spec, columns);
    command.action(() => {
      // commander has no type for a table of commands; the names are the table's own keys.
      found.invocation = { command: name as CommandName, operands: command.args, typed: command.opts() };
    });
  }
  try {
    program.parse([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { text, asked: true };
    if (error.code === "commander.help") return { text, asked: false };
    throw usageError(error, argv);
  }
  if (found.invocation === undefined) throw new DuetError("usage");
  return found.invocation;
}

function subcommand(program: Command, name: string, spec: CommandSpec, columns: number): Command {
  const command = program
    .command(`${name} ${spec.operands}`.trim())
    .summary(spec.summary)
    .description(spec.about)
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", () => commandHelp(spec, columns))
    .allowExcessArguments(false);
  for (const option of Object.values(spec.options)) {
    const { flags, help, shown, choices, repeat } = option;
    const facts = [choices?.join(", ") ?? "", shown === undefined ? "" : `default: ${shown}`].filter(
      (fact) => fact !== "",
    );
    const added = new Option(flags, facts.length === 0 ? help : `${help} (${facts.join("; ")})`);
    if (repeat === true)
      added.argParser((text: string, before: string | undefined) =>
        before === undefined ? text : `${before},${text}`,
      );
    command.addOption(added);
  }
  return command;
}

/** commander's messages begin with `error:` and may hold a suggestion in a second line. */
function usageError(error: CommanderError, argv: readonly string[]): DuetError {
  const [first = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const name = Object.keys(COMMANDS).find((command) => command === argv[0]);
  const help = name === undefined ? "See duet --help." : `See duet ${name} --help.`;
  if (name === "completion" && error.code === "commander.missingArgument") {
    return new DuetError("usage", {
      message: "completion needs the name of a shell",
      hint: `One of: ${SHELLS.join(", ")}.`,
    });
  }
  const secret = argv.some((word) => word.startsWith("--access-token"))
    ? "The access token is read from the environment only: set DUET_ACCESS_TOKEN."
    : undefined;
  return new DuetError("usage", {
    message: first,
    hint: secret ?? (suggestion === undefined ? help : `${suggestion.replace(/^\(|\)$/g, "")} ${help}`),
  });
}
