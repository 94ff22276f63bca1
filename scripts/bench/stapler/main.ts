import { settled } from "../processes.js";
import type { Figure } from "../report.js";
import { jain, leastOfMean, median } from "../stats.js";
import { type Contender, direct, haproxy, socat, stapler } from "./contenders.js";
import { compileDriver } from "./driver.js";
import { type Length, type Throughput, bytesPerIdlePair, throughput } from "./measure.js";

/** How much is measured. */
interface Size {
  readonly runs: number;
  readonly length: Length;
  readonly manyPairs: number;
  readonly idlePairs: number;
  /** How long to wait for a quiet moment before each run. */
  readonly patienceMs: number;
}

const FULL: Size = {
  runs: 7,
  length: { warmupMs: 1_000, measureMs: 3_000 },
  manyPairs: 200,
  idlePairs: 5_000,
  patienceMs: 30_000,
};
/** Under a minute in all. */
const QUICK: Size = {
  runs: 3,
  length: { warmupMs: 400, measureMs: 1_000 },
  manyPairs: 200,
  idlePairs: 1_000,
  patienceMs: 0,
};

export interface StaplerBench {
  readonly figures: readonly Figure[];
  readonly versions: Readonly<Record<string, string>>;
  /** Contenders that are not installed. */
  readonly skipped: readonly string[];
}

export interface StaplerBenchOptions {
  readonly size: "full" | "quick";
  /** How much one read or write of the drivers asks for. */
  readonly blockBytes: number;
  /** Told what is going on. */
  readonly say: (text: string) => void;
}

/** Measures the stapler beside its peers. */
export async function benchStapler(options: StaplerBenchOptions): Promise<StaplerBench> {
  const { size, blockBytes, say } = options;
  const plan = size === "full" ? FULL : QUICK;
  const program = compileDriver(blockBytes);
  const all = [direct, stapler("auto"), haproxy, socat, stapler("public")];
  const present = all.filter(({ version }) => version !== undefined);

  const one = await interleaved(program, present, 1, plan, say);
  const many = await interleaved(
    program,
    present.filter(({ kind, single }) => kind !== "nothing" && single !== true),
    plan.manyPairs,
    plan,
    say,
  );
  say(`${plan.idlePairs} idle pairs`);
  const idle = await bytesPerIdlePair(program, stapler("auto"), plan.idlePairs);

  return {
    figures: [
      ...onePair(one),
      ...manyPairs(many, plan.manyPairs),
      {
        what: `memory per idle pair, ${plan.idlePairs} pairs`,
        value: idle / 1024,
        unit: "KiB",
        target: { sign: "<=", must: 25, strong: 10 },
      },
    ],
    versions: Object.fromEntries(
      present.flatMap(({ kind, name, version = "" }) => (kind === "nothing" ? [] : [[name, version]])),
    ),
    skipped: all.filter(({ version }) => version === undefined).map(({ name }) => name),
  };
}

type Results = ReadonlyMap<string, readonly Throughput[]>;

/** A B C A B C …, so that what else the machine does falls on all alike. */
async function interleaved(
  program: string,
  contenders: readonly Contender[],
  pairs: number,
  { runs, length, patienceMs }: Size,
  say: (text: string) => void,
): Promise<Results> {
  const results = new Map<string, Throughput[]>(contenders.map(({ name }) => [name, []]));
  for (let run = 1; run <= runs; run += 1) {
    for (const contender of contenders) {
      await settled(patienceMs);
      const result = await throughput(program, contender, pairs, length);
      results.get(contender.name)?.push(result);
      say(
        `${pairs} ${pairs === 1 ? "pair" : "pairs"}, run ${run} of ${runs}, ${contender.name}: ${result.gigabytesPerSecond.toFixed(2)} GB/s`,
      );
    }
  }
  return results;
}

function onePair(results: Results): Figure[] {
  const rate = speed(results);
  const absolute = [...results.keys()].map((name) => ({ what: `one pair, ${name}`, value: rate(name), unit: "GB/s" }));
  return [
    ...absolute,
    {
      what: "one pair, stapler / direct",
      value: rate("stapler") / rate("direct"),
      unit: "",
      target: { sign: ">=", must: 0.7, strong: 0.8 },
    },
    {
      what: "one pair, stapler / HAProxy",
      value: rate("stapler") / rate("HAProxy"),
      unit: "",
      target: { sign: ">=", must: 1.25, strong: 1.4 },
    },
  ];
}

function manyPairs(results: Results, pairs: number): Figure[] {
  const rate = speed(results);
  const of = (name: string, value: (run: Throughput) => number): number => median((results.get(name) ?? []).map(value));
  const fairness = of("stapler", ({ shares }) => jain(shares));
  const least = of("stapler", ({ shares }) => leastOfMean(shares));
  const cpu =
    of("stapler", ({ cpuPerGigabyte }) => cpuPerGigabyte) / of("HAProxy", ({ cpuPerGigabyte }) => cpuPerGigabyte);
  const absolute = [...results.keys()].map((name) => ({
    what: `${pairs} pairs, ${name}`,
    value: rate(name),
    unit: "GB/s",
  }));
  return [
    ...absolute,
    {
      what: `${pairs} pairs, stapler / HAProxy`,
      value: rate("stapler") / rate("HAProxy"),
      unit: "",
      target: { sign: ">=", must: 1.3, strong: 1.5 },
    },
    { what: `${pairs} pairs, Jain fairness`, value: fairness, unit: "", target: { sign: ">=", must: 0.99 } },
    { what: `${pairs} pairs, least share / mean`, value: least, unit: "", target: { sign: ">=", must: 0.8 } },
    {
      what: `${pairs} pairs, CPU per GB / HAProxy`,
      value: cpu,
      unit: "",
      target: { sign: "<=", must: 0.75, strong: 0.35 },
    },
  ];
}

function speed(results: Results): (name: string) => number {
  return (name) => median((results.get(name) ?? []).map(({ gigabytesPerSecond }) => gigabytesPerSecond));
}
