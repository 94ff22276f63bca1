#!/usr/bin/env node
import { packageVersion } from "./version.js";

/**
 * The command `duet`. Everything is loaded only when it is needed: `--version` needs nothing but this file and the
 * next. The only place that exits and that touches `process`.
 */
async function main(): Promise<void> {
  const [first, ...rest] = process.argv.slice(2);
  if (rest.length === 0 && (first === "--version" || first === "-V")) {
    process.stdout.write(`${packageVersion()}\n`);
    return;
  }
  // A stack helps nobody in front of a terminal; what is thrown here is a fault of ours, and `run` reports all others.
  process.on("uncaughtException", (error) => {
    process.stderr.write(`Error: something unexpected went wrong: ${error.message}\n`);
    process.exit(1);
  });
  // Whoever reads us has gone, as in `duet --help | head -1`. What must be written elsewhere is checked there.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  const [{ run }, { thisMachine }] = await Promise.all([import("./run.js"), import("./machine/this-machine.js")]);
  const code = await run(thisMachine());
  // Both may be pipes whose reader is slow; an open socket or timer must not keep the process alive behind them.
  process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
}

await main();
