import { settled } from "../processes.js";
import type { Section } from "../report.js";
import { type Contender, direct, haproxy, socat, stapler, transitRelay } from "./contenders.js";
import { type DriverPlan, type SetupPlan, compileDrivers } from "./driver.js";
import { bytesPerIdlePair, pairsPerSecond, throughput, withStoppedReaders } from "./measure.js";
import { idlePair, largeBlocks, manyPairs, onePair, setUp, stoppedReaders } from "./rows.js";

/** How much is measured. */
interface Size {
  readonly runs: number;
  readonly onePair: Omit<DriverPlan, "blockBytes">;
  readonly manyPairs: Omit<DriverPlan, "blockBytes">;
  readonly idlePairs: number;
  readonly stopped: { readonly processes: number; readonly pairs: number };
  readonly setup: SetupPlan;
  /** How long to wait for a quiet moment before each run. */
  readonly patienceMs: number;
}

const MANY = 200;
/** As many channels as the measured relay has: see serve.ts. */
const SETUP = { atOnce: 64, channels: 1_000 };

const FULL: Size = {
  runs: 7,
  onePair: { pairs: 1, warmupMs: 1_000, measureMs: 3_000 },
  // The kernel takes seconds to give all of them buffers of the same size; until then some pairs lag.
  manyPairs: { pairs: MANY, warmupMs: 4_000, measureMs: 4_000 },
  idlePairs: 5_000,
  // Two, since a process may often open no more than 20,000 files.
  stopped: { processes: 2, pairs: 5_000 },
  setup: { ...SETUP, pairs: 10_000 },
  patienceMs: 30_000,
};

/** Meant for two minutes in all; on a machine that others use it takes longer. */
const QUICK: Size = {
  runs: 3,
  onePair: { pairs: 1, warmupMs: 400, measureMs: 1_000 },
  manyPairs: { pairs: MANY, warmupMs: 2_000, measureMs: 1_000 },
  idlePairs: 1_000,
  stopped: { processes: 2, pairs: 500 },
  setup: { ...SETUP, pairs: 3_000 },
  patienceMs: 0,
};

/** Direct TCP gains most from large blocks: what the ratio to it is worth is only seen with both. */
const LARGE_BLOCK_BYTES = 1024 * 1024;

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
  const drivers = compileDrivers();
  const ours = stapler("auto");
  const all = [direct, ours, haproxy, transitRelay, socat, stapler("public")];
  const installed = (contenders: readonly Contender[]): Contender[] =>
    contenders.filter(({ version }) => version !== undefined);

  /** A B C A B C …, so that what else the machine does falls on all alike. */
  const interleaved = async <Result>(
    what: string,
    contenders: readonly Contender[],
    measure: (contender: Contender) => Promise<Result>,
    text: (result: Result) => string,
  ): Promise<Map<string, Result[]>> => {
    const results = new Map<string, Result[]>(contenders.map(({ name }) => [name, []]));
    for (let run = 1; run <= plan.runs; run += 1) {
      for (const contender of contenders) {
        await settled(plan.patienceMs);
        const result = await measure(contender);
        results.get(contender.name)?.push(result);
        say(`${what}, run ${run} of ${plan.runs}, ${contender.name}: ${text(result)}`);
      }
    }
    return results;
  };

  const rates = (what: string, contenders: readonly Contender[], driving: DriverPlan) =>
    interleaved(
      what,
      contenders,
      (contender) => throughput(drivers, contender, driving),
      ({ gigabytesPerSecond }) => `${gigabytesPerSecond.toFixed(2)} GB/s`,
    );

  const one = await rates("one pair", installed(all), { ...plan.onePair, blockBytes });
  const large = await rates("one pair, large blocks", [direct, ours], {
    ...plan.onePair,
    blockBytes: LARGE_BLOCK_BYTES,
  });
  const meeting = installed([ours, haproxy, transitRelay]);
  const many = await rates(`${MANY} pairs`, meeting, { ...plan.manyPairs, blockBytes });
  const setups = await interleaved(
    "set up",
    installed([ours, stapler("relay"), transitRelay]),
    (contender) => pairsPerSecond(drivers, contender, plan.setup),
    (rate) => `${rate.toFixed(0)} pairs a second`,
  );
  const idle = new Map<string, number>();
  for (const contender of meeting) {
    say(`${plan.idlePairs} idle pairs, ${contender.name}`);
    idle.set(contender.name, await bytesPerIdlePair(drivers, contender, plan.idlePairs));
  }
  say(`${plan.stopped.processes} times ${plan.stopped.pairs} pairs with a stopped reader`);
  const stopped = await withStoppedReaders(drivers, ours, plan.stopped);

  return {
    figures: [
      ...onePair(one),
      ...largeBlocks(large),
      ...manyPairs(many, `${MANY} pairs`),
      ...setUp(setups),
      ...idlePair(idle, plan.idlePairs),
      ...stoppedReaders(stopped, plan.stopped),
    ],
    versions: Object.fromEntries(
      installed(all).flatMap(({ kind, name, version = "" }) => (kind === "nothing" ? [] : [[name, version]])),
    ),
    skipped: all.filter(({ version }) => version === undefined).map(({ name }) => name),
  };
}
