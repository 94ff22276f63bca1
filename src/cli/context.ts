import type { Interrupts } from "./machine/interrupts.js";
import type { Machine } from "./machine/machine.js";
import type { LogLevel } from "./report/report-people.js";
import type { Report } from "./report/report.js";
import type { Person } from "./terminal/ask.js";
import type { Screen } from "./terminal/screen.js";

/** What every command is given beside its own options. */
export interface Context {
  readonly machine: Machine;
  readonly operands: readonly string[];
  readonly screen: Screen;
  readonly report: Report;
  readonly level: LogLevel;
  readonly interrupts: Interrupts;
  /** One line for those who look for a fault; shown at `--log-level debug`. */
  readonly debug: (text: string) => void;
}

/** The person in front of this machine, asked by way of its standard input. */
export function personAtHand(
  { machine, screen, interrupts }: Context,
  keyboard: NodeJS.ReadableStream = machine.stdin(),
): Person {
  return { keyboard, output: machine.stderr, screen, interrupt: () => interrupts.interrupt() };
}
