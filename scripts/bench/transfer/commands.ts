import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { once } from "node:events";
import { peakBytes } from "../processes.js";

/** Longer than the slowest peer takes for the largest input. */
const PATIENCE_MS = 300_000;
/** How often the peak memory is looked at. The kernel keeps the peak, so only what comes later than this is missed. */
const LOOK_EVERY_MS = 20;
const SAID_MAX = 2_000;

/** A program to run, or a pipeline in the shell's words. */
export interface Command {
  readonly line: readonly [program: string, ...args: string[]];
  /** Where it runs. */
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Files in place of standard input and output. */
  readonly input?: string;
  readonly output?: string;
}

/** What several commands took that ran at once. */
export interface Spent {
  /** From the start of all to the end of the last. */
  readonly seconds: number;
  /** The most memory of each, in their order. Linux only; elsewhere NaN. */
  readonly peaks: readonly number[];
}

/** @throws when one of them fails, with what it said; the others are ended then */
export async function together(...commands: readonly Command[]): Promise<Spent> {
  const start = performance.now();
  const running = commands.map((command) => new Run(command));
  const end = setTimeout(() => running.forEach((run) => run.kill()), PATIENCE_MS);
  try {
    await Promise.all(running.map((run) => run.ended));
    return { seconds: (performance.now() - start) / 1000, peaks: running.map((run) => run.peak) };
  } finally {
    clearTimeout(end);
    running.forEach((run) => run.kill());
  }
}

class Run {
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  #said = "";
  #peak = Number.NaN;

  constructor({ line: [program, ...args], folder, environment, input, output }: Command) {
    const stdin = input === undefined ? "ignore" : openSync(input, "r");
    const stdout = output === undefined ? "pipe" : openSync(output, "w");
    this.#child = spawn(program, args, {
      env: { ...process.env, ...environment },
      stdio: [stdin, stdout, "pipe"],
      ...(folder === undefined ? {} : { cwd: folder }),
    });
    for (const fd of [stdin, stdout]) if (typeof fd === "number") closeSync(fd);
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on("data", (bytes: Buffer) => (this.#said = (this.#said + String(bytes)).slice(-SAID_MAX)));
    this.ended = this.#watch(program);
  }

  get peak(): number {
    return this.#peak;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async #watch(program: string): Promise<void> {
    const { pid } = this.#child;
    const look = setInterval(() => {
      const bytes = peakBytes(pid ?? 0);
      if (!Number.isNaN(bytes)) this.#peak = bytes;
    }, LOOK_EVERY_MS);
    try {
      await once(this.#child, "close");
      if (this.#child.exitCode !== 0) throw new Error(`${program} failed: ${this.#said}`);
    } finally {
      clearInterval(look);
    }
  }
}
