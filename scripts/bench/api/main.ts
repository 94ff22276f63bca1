import { Process, cpuSeconds, settled } from "../processes.js";
import type { Section } from "../report.js";
import { median } from "../stats.js";
import { CALLS, runExchanges } from "./driver.js";
import type { Served } from "./serve.js";

/** How much is measured. */
interface Size {
  readonly runs: number;
  readonly exchanges: number;
  /** How long to wait for a quiet moment before each run. */
  readonly patienceMs: number;
}

const FULL: Size = { runs: 7, exchanges: 2_000, patienceMs: 30_000 };
const QUICK: Size = { runs: 3, exchanges: 300, patienceMs: 0 };
/** For the compiler of V8. */
const WARMUP_EXCHANGES = 200;

/** Calls of one run. */
interface Rates {
  /** By the processor time of the server alone: what others do on the machine hardly changes it. */
  readonly perCpuSecond: number;
  /** By the clock, the driver in Node included. */
  readonly perSecond: number;
}

export interface ApiBenchOptions {
  readonly size: "full" | "quick";
  /** Told what is going on. */
  readonly say: (text: string) => void;
}

/** Measures whole exchanges over REST beside the same calls to a bare server of node:http, in one interleaved run. */
export async function benchApi({ size, say }: ApiBenchOptions): Promise<Section> {
  const { runs, exchanges, patienceMs } = size === "full" ? FULL : QUICK;
  const rates: Record<Served, Rates[]> = { relay: [], bare: [] };
  for (let run = 1; run <= runs; run += 1) {
    for (const served of ["relay", "bare"] as const) {
      await settled(patienceMs);
      const result = await measure(served, exchanges);
      rates[served].push(result);
      say(`REST, run ${run} of ${runs}, ${served}: ${result.perCpuSecond.toFixed(0)} calls a processor second`);
    }
  }
  const cpu = (served: Served): number => median(rates[served].map(({ perCpuSecond }) => perCpuSecond));
  const clock = (served: Served): number => median(rates[served].map(({ perSecond }) => perSecond));
  const unit = "calls/s";
  return {
    figures: [
      { what: "REST exchange, relay, by processor time", value: cpu("relay"), unit },
      { what: "REST exchange, bare node:http, by processor time", value: cpu("bare"), unit },
      {
        what: "REST exchange, relay / bare node:http",
        value: cpu("relay") / cpu("bare"),
        target: { sign: ">=", must: 0.3, strong: 0.55 },
      },
      { what: "REST exchange, relay / bare node:http, by the clock", value: clock("relay") / clock("bare") },
    ],
    versions: {},
    skipped: [],
  };
}

async function measure(served: Served, exchanges: number): Promise<Rates> {
  await using server = new Process(process.execPath, ["scripts/run.mjs", "scripts/bench/api/serve.ts", served]);
  const port = Number((await server.line()).replace("port ", ""));
  await runExchanges(port, WARMUP_EXCHANGES);
  const [cpu, started] = [cpuSeconds(server.pid), performance.now()];
  await runExchanges(port, exchanges);
  const calls = exchanges * CALLS;
  return {
    perCpuSecond: calls / (cpuSeconds(server.pid) - cpu),
    perSecond: (calls / (performance.now() - started)) * 1000,
  };
}
