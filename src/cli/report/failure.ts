import { DuetError, exitCode } from "../../protocol/problem.js";
import type { Failure } from "./events.js";

/** The extension member of an error that holds the command line to go on by. */
export const COMMAND = "command";

/** What a failed command says and exits with. An error of no known kind is a failure with no better number. */
export function failureOf(error: unknown): Failure {
  const known = asProblem(error);
  const { code, message, hint, extensions } = known;
  const command = extensions[COMMAND];
  const failure = { event: "error", code, message, hint, exit: exitCode(code) } as const;
  return typeof command === "string" ? { ...failure, command } : failure;
}

/** What the system refuses, in words. Who opens files for a transfer says better what happened to which of them. */
const SYSTEM: Readonly<Record<string, (text: string) => DuetError>> = {
  EADDRINUSE: (text) =>
    new DuetError("failed", {
      message: `the port is already in use (${text})`,
      hint: "Choose another one, or 0 for any free one.",
    }),
  EADDRNOTAVAIL: (text) =>
    new DuetError("failed", {
      message: `this computer does not have that address (${text})`,
      hint: "Choose another --host.",
    }),
  EACCES: (text) =>
    new DuetError("failed", {
      message: `not permitted (${text})`,
      hint: "Ports below 1024 and files of others need more rights.",
    }),
  ENOSPC: () => new DuetError("no_space"),
};

function asProblem(error: unknown): DuetError {
  if (error instanceof DuetError) return error;
  if (!(error instanceof Error))
    return new DuetError("failed", { message: `something unexpected went wrong: ${String(error)}` });
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return (
    SYSTEM[code]?.(error.message) ??
    new DuetError("failed", { message: `something unexpected went wrong: ${error.message}`, cause: error })
  );
}
