import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import { type Interface, createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { sum } from "./stats.js";

/** A child whose standard output is read line by line. Killed when it goes out of scope. */
export class Process implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string, undefined>;
  readonly #reader: Interface;

  constructor(command: string, args: readonly string[]) {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.child = child;
    this.#reader = createInterface({ input: child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
    child.stdin.on("error", () => {});
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** @throws when the process ends first */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`${this.child.spawnfile} ended too soon`);
    return value;
  }

  say(text: string): void {
    this.child.stdin?.write(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reader.close();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill("SIGKILL");
    await once(this.child, "exit");
  }
}

/** The first line that a command prints, or undefined when it is not installed. */
export function versionOf(command: string, ...args: readonly string[]): string | undefined {
  const { stdout, error } = spawnSync(command, args, { encoding: "utf8" });
  return error === undefined
    ? stdout
        .split("\n")
        .find((line) => /\d\.\d/.test(line))
        ?.trim()
    : undefined;
}

/** A port that was free a moment ago, for programs that cannot be asked which one they took. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const { port } = typeof address === "object" && address !== null ? address : { port: 0 };
  server.close();
  await once(server, "close");
  return port;
}

/** Waits until something listens on the port, without connecting to it. Elsewhere than on Linux it only waits. */
export async function listening(port: number, withinMs = 5_000): Promise<void> {
  const wanted = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, "0")} 0+:0000 0A`);
  if (!existsSync("/proc/net/tcp")) return delay(500);
  const end = Date.now() + withinMs;
  while (!wanted.test(readFileSync("/proc/net/tcp", "utf8"))) {
    if (Date.now() > end) throw new Error(`nothing listens on port ${port}`);
    await delay(5);
  }
}

/** A machine of which less than this is in use is quiet. */
const QUIET_SHARE = 0.1;

/** Waits until nothing else keeps the processors busy, what the last run left behind included; or gives up. */
export async function settled(patienceMs: number): Promise<void> {
  const end = Date.now() + patienceMs;
  while (Date.now() < end) {
    const before = processorTimes();
    await delay(500);
    const after = processorTimes();
    if ((after.busy - before.busy) / (after.all - before.all) < QUIET_SHARE) return;
  }
}

function processorTimes(): { readonly busy: number; readonly all: number } {
  const times = os.cpus().map((cpu) => cpu.times);
  const busy = sum(times.map(({ user, nice, sys, irq }) => user + nice + sys + irq));
  return { busy, all: busy + sum(times.map(({ idle }) => idle)) };
}

/** Processor time that a process and its children have used, in seconds. Linux only; elsewhere NaN. */
export function cpuSeconds(pid: number): number {
  try {
    const own = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    const ticks = Number(own[11]) + Number(own[12]);
    return ticks / 100 + childrenOf(pid).reduce((total, child) => total + cpuSeconds(child), 0);
  } catch {
    return Number.NaN;
  }
}

/** Resident memory in bytes. Linux only; elsewhere NaN. */
export function residentBytes(pid: number): number {
  return memoryBytes(pid, /^VmRSS:\s+(\d+) kB/m);
}

/** The most that it was. Linux only; elsewhere, and once the process has ended, NaN. */
export function peakBytes(pid: number): number {
  return memoryBytes(pid, /^VmHWM:\s+(\d+) kB/m);
}

function memoryBytes(pid: number, line: RegExp): number {
  try {
    return Number(line.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
  } catch {
    return Number.NaN;
  }
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
}
