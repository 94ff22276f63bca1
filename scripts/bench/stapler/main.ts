import { settled } from "../processes.js";
import type { Figure, Section } from "../report.js";
import { jain, leastOfMean, median } from "../stats.js";
import { type Contender, direct, haproxy, socat, stapler } from "./contenders.js";
import { compileDriver } from "./driver.js";
import { type Length, type Throughput, bytesPerIdlePair, throughput } from "./measure.js";

/** What "many" is. */
const MANY = 200;

/** How much is measured. */
interface Size {
  readonly runs: number;
  readonly onePair: Length;
  readonly manyPairs: Length;
  readonly idlePairs: number;
  /** How long to wait for a quiet moment before each run. */
  readonly patienceMs: number;
}

const FULL: Size = {
  runs: 7,
  onePair: { warmupMs: 1_000, measureMs: 3_000 },
  // The kernel takes seconds to give all of them buffers of the same size; until then some pairs lag.
  manyPairs: { warmupMs: 4_000, measureMs: 4_000 },
  idlePairs: 5_000,
  patienceMs: 30_000,
};

/** Under a minute in all. */
const QUICK: Size = {
  runs: 3,
  onePair: { warmupMs: 400, measureMs: 1_000 },
  manyPairs: { warmupMs: 2_000, measureMs: 1_000 },
  idlePairs: 1_000,
  patienceMs: 0,
};

export interface StaplerBenchOptions {
  readonly size: "full" | "quick";
  /** How much one read or write of the drivers asks for. */
  readonly blockBytes: number;
  /** Told what is going on. */
  readonly say: (text: string) => void;
}

/** Measures the stapler beside its peers. */
export async function benchStapler({ size, blockBytes, say }: StaplerBenchOptions): Promise<Section> {
  const plan = size === "full" ? FULL : QUICK;
  const program = compileDriver(blockBytes);
  const all = [direct, stapler("auto"), haproxy, socat, stapler("public")];
  const present = all.filter(({ version }) => version !== undefined);

  /** A B C A B C …, so that what else the machine does falls on all alike. */
  const interleaved = async (contenders: readonly Contender[], pairs: number, length: Length): Promise<Results> => {
    const results = new Map<string, Throughput[]>(contenders.map(({ name }) => [name, []]));
    for (let run = 1; run <= plan.runs; run += 1) {
      for (const contender of contenders) {
        await settled(plan.patienceMs);
        const result = await throughput(program, contender, pairs, length);
        results.get(contender.name)?.push(result);
        const rate = result.gigabytesPerSecond.toFixed(2);
        say(`pairs: ${pairs}, run ${run} of ${plan.runs}, ${contender.name}: ${rate} GB/s`);
      }
    }
    return results;
  };

  const one = await interleaved(present, 1, plan.onePair);
  const many = await interleaved(
    present.filter((contender) => contender.many === true),
    MANY,
    plan.manyPairs,
  );
  say(`pairs: ${plan.idlePairs}, idle`);
  const idle = await bytesPerIdlePair(program, stapler("auto"), plan.idlePairs);
  return {
    figures: [...onePair(one), ...manyPairs(many), idlePair(idle, plan.idlePairs)],
    versions: Object.fromEntries(
      present.flatMap(({ kind, name, version = "" }) => (kind === "nothing" ? [] : [[name, version]])),
    ),
    skipped: all.filter(({ version }) => version === undefined).map(({ name }) => name),
  };
}

type Results = ReadonlyMap<string, readonly Throughput[]>;

function onePair(results: Results): Figure[] {
  const { rate, absolute } = speeds(results, "one pair");
  return [
    ...absolute,
    {
      what: "one pair, stapler / direct",
      value: rate("stapler") / rate("direct"),
      target: { sign: ">=", must: 0.7, strong: 0.8 },
    },
    {
      what: "one pair, stapler / HAProxy",
      value: rate("stapler") / rate("HAProxy"),
      target: { sign: ">=", must: 1.25, strong: 1.4 },
    },
  ];
}

function manyPairs(results: Results): Figure[] {
  const title = `${MANY} pairs`;
  const { rate, absolute } = speeds(results, title);
  const of = (name: string, value: (run: Throughput) => number): number => median((results.get(name) ?? []).map(value));
  const cpu = (name: string): number => of(name, ({ cpuPerGigabyte }) => cpuPerGigabyte);
  return [
    ...absolute,
    {
      what: `${title}, stapler / HAProxy`,
      value: rate("stapler") / rate("HAProxy"),
      target: { sign: ">=", must: 1.3, strong: 1.5 },
    },
    {
      what: `${title}, stapler, Jain fairness`,
      value: of("stapler", ({ shares }) => jain(shares)),
      target: { sign: ">=", must: 0.99 },
    },
    {
      what: `${title}, stapler, least share / mean`,
      value: of("stapler", ({ shares }) => leastOfMean(shares)),
      target: { sign: ">=", must: 0.8 },
    },
    { what: `${title}, stapler, CPU seconds per GB`, value: cpu("stapler") },
    {
      what: `${title}, CPU per GB, stapler / HAProxy`,
      value: cpu("stapler") / cpu("HAProxy"),
      target: { sign: "<=", must: 0.75, strong: 0.35 },
    },
  ];
}

function idlePair(bytes: number, pairs: number): Figure {
  const target = { sign: "<=", must: 25, strong: 10 } as const;
  return { what: `memory per idle pair, ${pairs} pairs`, value: bytes / 1024, unit: "KiB", target };
}

function speeds(results: Results, title: string) {
  const rate = (name: string): number =>
    median((results.get(name) ?? []).map(({ gigabytesPerSecond }) => gigabytesPerSecond));
  const absolute = [...results.keys()].map((name) => ({ what: `${title}, ${name}`, value: rate(name), unit: "GB/s" }));
  return { rate, absolute };
}
