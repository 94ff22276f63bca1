import { settled } from "../processes.js";
import type { Figure, Section } from "../report.js";
import { median } from "../stats.js";
import type { Spent } from "./commands.js";
import { duet, streamed } from "./duet.js";
import { type RoundTrips, roundTrips } from "./first-byte.js";
import { Bench, checkArrived } from "./inputs.js";
import type { Peer, Relay } from "./peer.js";
import { croc, limit, piping, wormhole } from "./peers.js";

/** How much is measured. */
interface Size {
  readonly runs: { readonly large: number; readonly small: number; readonly many: number; readonly delayed: number };
  readonly streamGigabytes: number;
  /** How long to wait for a quiet moment before each run. */
  readonly patienceMs: number;
}

const FULL: Size = { runs: { large: 7, small: 11, many: 5, delayed: 5 }, streamGigabytes: 8, patienceMs: 30_000 };

/** Some two minutes in all. */
const QUICK: Size = { runs: { large: 3, small: 3, many: 1, delayed: 1 }, streamGigabytes: 1, patienceMs: 0 };

/** What is sent, by whom, and how often. */
interface Case {
  readonly what: string;
  readonly peers: readonly Peer[];
  readonly runs: number;
  readonly make: (bench: Bench) => string;
}

const casesOf = ({ runs }: Size): readonly Case[] => [
  {
    what: "1 GiB",
    peers: [duet, limit, croc, piping, wormhole],
    runs: runs.large,
    make: (bench) => bench.file("large", 2 ** 30),
  },
  { what: "1 KiB", peers: [duet, croc, wormhole], runs: runs.small, make: (bench) => bench.file("small", 2 ** 10) },
  { what: "10,000 files", peers: [duet, croc], runs: runs.many, make: (bench) => bench.tree("tree", 10_000, 4096) },
];

/** Their time / ours, or the other way round where that is how the target is put. */
const RATIOS: readonly (readonly [what: string, over: Peer, under: Peer, target: Figure["target"]])[] = [
  ["1 GiB", limit, duet, { sign: ">=", must: 0.65, strong: 0.85 }],
  ["1 GiB", wormhole, duet, { sign: ">=", must: 2.8, strong: 3.5 }],
  ["1 GiB", piping, duet, { sign: ">=", must: 1.7, strong: 2.2 }],
  ["1 GiB", croc, duet, { sign: ">=", must: 1.8, strong: 2.4 }],
  ["1 KiB", duet, croc, { sign: "<=", must: 1.3, strong: 0.9 }],
  ["1 KiB", duet, wormhole, { sign: "<=", must: 0.5, strong: 0.3 }],
  ["10,000 files", croc, duet, { sign: ">=", must: 4, strong: 8 }],
];

const MEMORY_TARGET = { sign: "<=", must: 150, strong: 100 } as const;
const ROUND_TRIPS_TARGET = { sign: "<=", must: 5, strong: 4 } as const;

export interface TransferBenchOptions {
  readonly size: "full" | "quick";
  /** Told what is going on. */
  readonly say: (text: string) => void;
}

/** Measures whole transfers from command to command, beside other programs. */
export async function benchTransfer({ size, say }: TransferBenchOptions): Promise<Section> {
  const plan = size === "full" ? FULL : QUICK;
  const peers = [duet, limit, croc, piping, wormhole];
  using bench = new Bench();
  const results = new Map<string, readonly Spent[]>();
  for (const one of casesOf(plan)) {
    for (const [peer, spent] of await interleaved(one, bench, plan.patienceMs, say))
      results.set(`${one.what}, ${peer.name}`, spent);
  }
  const figures = [...times(results), ...memory("1 GiB", results.get(`1 GiB, ${duet.name}`) ?? [])];
  say(`a stream of ${plan.streamGigabytes} GiB`);
  figures.push(...memory(`a stream of ${plan.streamGigabytes} GiB`, [await streamed(plan.streamGigabytes)]));
  say("round trips");
  figures.push(...(await firstByte(bench, plan.runs.delayed)));
  return {
    figures,
    versions: Object.fromEntries(
      peers.flatMap(({ name, version }) => (version === undefined ? [] : [[name, version]])),
    ),
    skipped: peers.filter(({ version }) => version === undefined).map(({ name, install }) => `${name} (${install})`),
  };
}

/** A B C A B C …, so that what else the machine does falls on all alike. */
async function interleaved(
  { what, peers, runs, make }: Case,
  bench: Bench,
  patienceMs: number,
  say: TransferBenchOptions["say"],
): Promise<ReadonlyMap<Peer, readonly Spent[]>> {
  const source = make(bench);
  const contenders: { readonly peer: Peer; readonly relay: Relay; readonly spent: Spent[] }[] = [];
  try {
    for (const peer of peers)
      if (peer.version !== undefined) contenders.push({ peer, relay: await peer.start(), spent: [] });
    for (let run = 1; run <= runs; run++) {
      for (const { peer, relay, spent } of contenders) {
        const into = bench.inbox();
        await settled(patienceMs);
        const one = await relay.transfer({ source, into });
        checkArrived(source, into);
        spent.push(one);
        say(`${what}, run ${run} of ${runs}, ${peer.name}: ${one.seconds.toFixed(2)} s`);
      }
    }
    return new Map(contenders.map(({ peer, spent }) => [peer, spent]));
  } finally {
    for (const { relay } of contenders) await relay[Symbol.asyncDispose]();
    bench.remove(source);
  }
}

function times(results: ReadonlyMap<string, readonly Spent[]>): Figure[] {
  const seconds = (what: string): number => median((results.get(what) ?? []).map((spent) => spent.seconds));
  const ratios = RATIOS.map(([what, over, under, target]) => ({
    what: `${what}, ${over.name} / ${under.name}`,
    value: seconds(`${what}, ${over.name}`) / seconds(`${what}, ${under.name}`),
    ...(target === undefined ? {} : { target }),
  }));
  return [...[...results.keys()].map((what) => ({ what, value: seconds(what), unit: "s" })), ...ratios];
}

function memory(what: string, spent: readonly Pick<Spent, "peaks">[]): Figure[] {
  return ["sender", "recipient"].map((side, index) => ({
    what: `${what}, peak memory of the ${side}`,
    value: Math.max(...spent.map(({ peaks }) => peaks[index] ?? Number.NaN)) / 1e6,
    unit: "MB",
    target: MEMORY_TARGET,
  }));
}

async function firstByte(bench: Bench, runs: number): Promise<Figure[]> {
  const source = bench.file("first-byte", 2 ** 10);
  const trips: RoundTrips[] = [];
  for (let run = 0; run < runs; run++) trips.push(await roundTrips(source));
  return [
    {
      what: "round trips from code to the first byte of the offer",
      value: median(trips.map(({ offer }) => offer)),
      target: ROUND_TRIPS_TARGET,
    },
    {
      what: "round trips from code to the first file, asked in between",
      value: median(trips.map(({ content }) => content)),
    },
  ];
}
