import type { Context } from "./context.js";
import type { CliEvent } from "./events.js";
import { failureOf } from "./failure.js";
import { DRAIN_MS, FAREWELL_MS, listenForInterrupts } from "./interrupts.js";
import type { Machine } from "./machine.js";
import { RECEIVE_OPTIONS, RELAY_OPTIONS, SEND_OPTIONS, STAPLER_OPTIONS } from "./options.js";
import { type Invocation, parseCommandLine } from "./program.js";
import { type LogLevel, PeopleReport } from "./report-people.js";
import { JsonReport, type Report } from "./report.js";
import { resolveOptions } from "./resolve.js";
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
    if (command.level === "debug") screen.line(screen.paint("dim", `debug: ${text}`));
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
async function prepare({ command, typed }: Invocation, machine: Machine): Promise<Prepared> {
  const { environment } = machine;
  switch (command) {
    case "send": {
      const values = resolveOptions(SEND_OPTIONS, typed, environment, [
        ["relay", "host"],
        ["code", "words"],
        ["text", "name"],
      ]);
      const { send } = await import("./commands/send.js");
      return { json: values.json, level: values.logLevel, run: (context) => send(context, values) };
    }
    case "receive": {
      const values = resolveOptions(RECEIVE_OPTIONS, typed, environment, [["overwrite", "rename", "skip"]]);
      const { receive } = await import("./commands/receive.js");
      return { json: values.json, level: values.logLevel, run: (context) => receive(context, values) };
    }
    case "relay": {
      const values = resolveOptions(RELAY_OPTIONS, typed, environment, []);
      const { relay } = await import("./commands/relay.js");
      return { json: values.json, level: values.logLevel, run: (context) => relay(context, values) };
    }
    case "stapler": {
      const values = resolveOptions(STAPLER_OPTIONS, typed, environment, []);
      const { stapler } = await import("./commands/stapler.js");
      return { json: values.json, level: values.logLevel, run: (context) => stapler(context, values) };
    }
    case "completion": {
      const { completion } = await import("./commands/completion.js");
      return {
        json: false,
        level: "info",
        run: async ({ machine: { stdout }, operands }) => {
          stdout.write(completion(operands));
        },
      };
    }
  }
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
