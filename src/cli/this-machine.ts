import { openSync } from "node:fs";
import { isatty, ReadStream } from "node:tty";
import type { Machine } from "./machine.js";
import { keepHeapSmall } from "./small-heap.js";

/** The process that this is. */
export function thisMachine(): Machine {
  return {
    argv: process.argv,
    environment: process.env,
    platform: process.platform,
    stdin: () => process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    hasPerson: isatty(0) && isatty(2),
    stdinIsTerminal: isatty(0),
    stdoutIsTerminal: isatty(1),
    signals: process,
    openTerminal,
    setTitle: (title) => (process.title = title),
    // Deprecated since it is set and set back; here nothing has begun yet that could come in between.
    // oxlint-disable-next-line typescript/no-deprecated
    umask: process.umask(),
    // Kilobytes, on every platform (libuv).
    peakMemory: () => process.resourceUsage().maxRSS * 1024,
    keepHeapSmall,
    exitAtOnce: (code) => process.exit(code),
  };
}

/** The file of the terminal that a process was started from. Windows has none of this name. */
function openTerminal(): ReadStream | undefined {
  if (!isatty(2)) return undefined;
  try {
    return new ReadStream(openSync("/dev/tty", "r"));
  } catch {
    return undefined;
  }
}
