import { createReadStream, fstatSync, openSync } from "node:fs";
import type { Readable } from "node:stream";
import { isatty, ReadStream } from "node:tty";
import type { Machine } from "./machine.js";
import { keepHeapSmall } from "./small-heap.js";

/** What one read of a file on standard input asks for; Node's own 64 KiB made each GiB 16,000 trips to the thread pool. */
const FILE_READ_BYTES = 256 * 1024;

/** The process that this is. */
export function thisMachine(): Machine {
  return {
    argv: process.argv,
    environment: process.env,
    platform: process.platform,
    stdin: standardInput,
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

let fileInput: Readable | undefined;

function standardInput(): Readable & { readonly isTTY?: boolean } {
  if (!isFile(0)) return process.stdin;
  // From where the file stands, which is not always its beginning.
  fileInput ??= createReadStream("", { fd: 0, autoClose: false, highWaterMark: FILE_READ_BYTES });
  return fileInput;
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    // Closed by whoever started this process.
    return false;
  }
}
