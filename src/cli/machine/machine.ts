import type { Readable, Writable } from "node:stream";
import type { ScreenStream } from "../terminal/screen.js";
import type { SignalSource } from "./interrupts.js";

/** What a command has of the world around it. `main.ts` gives it the process; a test gives it its own. */
export interface Machine {
  /** The whole command line, node and script included. */
  readonly argv: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  /** Read only when it is asked for: a command that needs no input must not touch it. */
  readonly stdin: () => Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable;
  readonly stderr: Writable & ScreenStream;
  /** A person sits in front of it: a keyboard at standard input, a screen at standard error. */
  readonly hasPerson: boolean;
  readonly stdinIsTerminal: boolean;
  readonly stdoutIsTerminal: boolean;
  readonly signals: SignalSource;
  /** A keyboard when standard input is data: the terminal itself, where there is one. */
  readonly openTerminal: () => Readable | undefined;
  /** What the list of processes shows. */
  readonly setTitle: (title: string) => void;
  /** What is taken from the mode of every new file; read once, since reading it changes it for a moment. */
  readonly umask: number;
  /** Bytes. */
  readonly peakMemory: () => number;
  /** For as long as the process lives. */
  readonly keepHeapSmall: () => void;
  /** Ends the process now; nothing is told to anyone. */
  readonly exitAtOnce: (code: number) => void;
}
