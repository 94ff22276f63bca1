import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { Process } from "../processes.js";
import type { Dialect } from "./contenders.js";

const COMPILER = process.env["CC"] ?? "cc";

/** The two programs that play the peers. */
export interface Drivers {
  readonly driver: string;
  readonly setup: string;
}

/** Compiled by the system's C compiler, once per run. */
export function compileDrivers(): Drivers {
  return { driver: compile("driver"), setup: compile("setup") };
}

function compile(name: string): string {
  const program = path.resolve(`node_modules/.cache/duet-bench-${name}`);
  mkdirSync(path.dirname(program), { recursive: true });
  const source = `scripts/bench/stapler/${name}.c`;
  const { status, error } = spawnSync(COMPILER, ["-O2", "-o", program, source], { stdio: "inherit" });
  if (status === 0) return program;
  const why = error === undefined ? "" : `: ${error.message}`;
  throw new Error(`the drivers could not be compiled; the benchmark needs a C compiler (CC, or cc)${why}`);
}

export interface DriverPlan {
  readonly pairs: number;
  readonly warmupMs: number;
  /** 0: the connections are only held, and the source fills them first if it has a block to write. */
  readonly measureMs: number;
  /** How much one read or write asks for. */
  readonly blockBytes: number;
}

export interface DriverPlace {
  readonly role: "source" | "sink";
  readonly how: "listen" | "connect";
  readonly port: number;
  readonly dialect: Dialect;
}

export function startDriver({ driver }: Drivers, plan: DriverPlan, place: DriverPlace): Process {
  const { role, how, port, dialect } = place;
  const numbers = [port, plan.pairs, plan.warmupMs, plan.measureMs, plan.blockBytes];
  return new Process(driver, [role, how, ...numbers.map(String), dialect]);
}

export interface SetupPlan {
  readonly pairs: number;
  readonly atOnce: number;
  readonly channels: number;
}

export function startSetup({ setup }: Drivers, plan: SetupPlan, port: number, dialect: Dialect): Process {
  return new Process(setup, [...[port, plan.pairs, plan.atOnce, plan.channels].map(String), dialect]);
}
