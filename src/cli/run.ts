import type { Context } from "./context.js";
import type { CliEvent } from "./report/events.js";
import { failureOf } from "./report/failure.js";
import { DRAIN_MS, FAREWELL_MS, listenForInterrupts } from "./machine/interrupts.js";
import type { Machine } from "./machine/machine.js";
import { RECEIVE_OPTIONS, RELAY_OPTIONS, SEND_OPTIONS, STAPLER_OPTIONS } from "./command-line/options.js";
import { type Invocation, parseCommandLine } from "./command-line/program.js";
import { type LogLevel, PeopleReport } from "./report/report-people.js";
import { JsonReport, type Report } from "./report/report.js";
import { resolveOptions } from "./command-line/resolve.js";
import { cleanLines } from "./terminal/clean.js";
import { Screen } from "./terminal/screen.js";

/** What people still read on standard error when a program reads the events: what needs them, and what went wrong. */
const FOR_PEOPLE_TOO: ReadonlySet<CliEvent["event"]> = new Set(["verify", "warning", "error"]);

/**
 * Runs one command line from start to end. Prints, but never exits.
 *
 * @returns the exit code; the table is in problem.ts
 */
export async function run(machine: Machine): Promise<number> {
  const screen = new Screen(machine.stderr, machine.environment);
  const argv = machine.argv.slice(2);
  const usage = (error: unknown): number =>
    fail(error, reportTo(machine, screen, "error", argv.includes("--json"), "Sent"));
  let parsed;
  try {
    parsed = parseCommandLine(argv, Math.min(100, screen.columns));
  } catch (error) {
    return usage(error);
  }
  if ("text" in parsed) {
    (parsed.asked ? machine.stdout : machine.stderr).write(parsed.text);
    return parsed.asked ? 0 : 2;
  }
  let command;
  try {
    command = await prepare(parsed, machine);
  } catch (error) {
    return usage(error);
  }
  return runCommand(command, parsed, machine, screen);
}

const SEND_EXCLUSIVE = [
  ["relay", "host"],
  ["code", "words"],
  ["text", "name"],
  ["quiet", "logLevel"],
] as const;
const RECEIVE_EXCLUSIVE = [
  ["overwrite", "rename", "skip"],
  ["quiet", "logLevel"],
] as const;

/** A command whose options are read: all that can be wrong with the command line alone has been told. */
interface Prepared {
  readonly json: boolean;
  readonly level: LogLevel;
  run(context: Context): Promise<void>;
}

function runCommand(
  command: Prepared,
  { command: name, operands }: Invocation,
  machine: Machine,
  screen: Screen,
): Promise<number> {
  const report = reportTo(machine, screen, command.level, command.json, name === "receive" ? "Received" : "Sent");
  const debug = (text: string): void => {
    if (command.level === "debug") screen.line(screen.paint("dim", cleanLines(`debug: ${text}`)));
  };
  const isService = name === "relay" || name === "stapler";
  const interrupts = listenForInterrupts({
    source: machine.signals,
    limitMs: isService ? DRAIN_MS : FAREWELL_MS,
    onFirst: () =>
      screen.line(`${isService ? "Stopping." : "Stopping, and telling the other side."} Ctrl-C again stops at once.`),
    exitAtOnce: () => machine.exitAtOnce(130),
  });
  return command
    .run({ machine, operands, screen, report, level: command.level, interrupts, debug })
    .then(
      () => 0,
      (error: unknown) => {
        if (error instanceof Error && error.stack !== undefined) debug(error.stack);
        return fail(error, report);
      },
    )
    .finally(() => {
      debug(`peak memory ${Math.round(machine.peakMemory() / 1e6)} MB`);
      interrupts.release();
    });
}

/** Every command is loaded only when it is the one: `receive` needs no relay, `relay` no files. */
async function prepare({ command, typed }: Invocation, { environment }: Machine): Promise<Prepared> {
  switch (command) {
    case "send":
      return prepared(resolveOptions(SEND_OPTIONS, typed, environment, SEND_EXCLUSIVE), async () => {
        return (await import("./commands/send.js")).send;
      });
    case "receive":
      return prepared(resolveOptions(RECEIVE_OPTIONS, typed, environment, RECEIVE_EXCLUSIVE), async () => {
        return (await import("./commands/receive.js")).receive;
      });
    case "relay":
      return prepared(resolveOptions(RELAY_OPTIONS, typed, environment, []), async () => {
        return (await import("./commands/relay.js")).relay;
      });
    case "stapler":
      return prepared(resolveOptions(STAPLER_OPTIONS, typed, environment, []), async () => {
        return (await import("./commands/stapler.js")).stapler;
      });
    case "completion":
      return prepared({ json: false, logLevel: "info" }, async () => {
        return (await import("./commands/completion.js")).completion;
      });
  }
}

interface Telling {
  readonly json: boolean;
  readonly logLevel: LogLevel;
  readonly quiet?: boolean;
}

async function prepared<Options extends Telling>(
  values: Options,
  load: () => Promise<(context: Context, values: Options) => Promise<void>>,
): Promise<Prepared> {
  const command = await load();
  const level = values.quiet === true ? "error" : values.logLevel;
  return { json: values.json, level, run: (context) => command(context, values) };
}

function reportTo(machine: Machine, screen: Screen, level: LogLevel, json: boolean, verb: "Sent" | "Received"): Report {
  const people = new PeopleReport({ screen, level, verb });
  if (!json) return people;
  const programs = new JsonReport((line) => machine.stdout.write(line));
  return {
    show(event) {
      programs.show(event);
      if (FOR_PEOPLE_TOO.has(event.event)) people.show(event);
    },
  };
}

function fail(error: unknown, report: Report): number {
  const failure = failureOf(error);
  report.show(failure);
  return failure.exit;
}
