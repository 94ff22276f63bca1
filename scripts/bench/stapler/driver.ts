import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { Process } from "../processes.js";

const COMPILER = process.env["CC"] ?? "cc";

/**
 * Compiled by the system's C compiler, once per run.
 *
 * @param blockBytes how much one read or write of the drivers asks for
 */
export function compileDriver(blockBytes: number): string {
  const program = path.resolve("node_modules/.cache/duet-bench-driver");
  mkdirSync(path.dirname(program), { recursive: true });
  const source = "scripts/bench/stapler/driver.c";
  const { status, error } = spawnSync(COMPILER, ["-O2", `-DBLOCK=${blockBytes}`, "-o", program, source], {
    stdio: "inherit",
  });
  if (status === 0) return program;
  const why = error === undefined ? "" : `: ${error.message}`;
  throw new Error(`the drivers could not be compiled; the benchmark needs a C compiler (CC, or cc)${why}`);
}

export interface DriverPlan {
  readonly role: "source" | "sink";
  readonly how: "listen" | "connect";
  readonly port: number;
  readonly pairs: number;
  readonly warmupMs: number;
  /** 0: the connections are only held. */
  readonly measureMs: number;
  /** The role that hello lines name, where the contender wants them. */
  readonly hello: "sender" | "recipient" | "-";
}

export function startDriver(program: string, plan: DriverPlan): Process {
  const { role, how, port, pairs, warmupMs, measureMs, hello } = plan;
  return new Process(program, [role, how, ...[port, pairs, warmupMs, measureMs].map(String), hello]);
}
