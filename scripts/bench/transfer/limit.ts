import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";

const COMPILER = process.env["CC"] ?? "cc";
const PROGRAM = path.resolve("node_modules/.cache/duet-bench-limit");

/** @returns the program of limit.c, or undefined where it cannot be compiled */
export function compileLimit(): string | undefined {
  mkdirSync(path.dirname(PROGRAM), { recursive: true });
  const args = ["-O2", "-o", PROGRAM, "scripts/bench/transfer/limit.c", "-lcrypto"];
  return spawnSync(COMPILER, args, { stdio: "ignore" }).status === 0 ? PROGRAM : undefined;
}
