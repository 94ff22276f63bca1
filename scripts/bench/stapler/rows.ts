/** The rows of the target table, out of what was measured. */
import type { Figure } from "../report.js";
import { jain, leastOfMean, median } from "../stats.js";
import type { Stopped, Throughput } from "./measure.js";

const KIB = 1024;
const MIB = 1024 * KIB;

/** The runs of each contender, by its name. */
type Results = ReadonlyMap<string, readonly Throughput[]>;

export function onePair(results: Results): Figure[] {
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
    {
      what: "one pair, stapler / wormhole transit relay",
      value: rate("stapler") / rate("wormhole transit relay"),
      target: { sign: ">=", must: 2, strong: 2.3 },
    },
  ];
}

export function largeBlocks(results: Results): Figure[] {
  const title = "one pair, blocks of 1 MiB";
  const { rate, absolute } = speeds(results, title);
  return [...absolute, { what: `${title}, stapler / direct`, value: rate("stapler") / rate("direct") }];
}

export function manyPairs(results: Results, title: string): Figure[] {
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

/** @param results pairs a second */
export function setUp(results: ReadonlyMap<string, readonly number[]>): Figure[] {
  const rate = (name: string): number => median(results.get(name) ?? []);
  const peer = "wormhole transit relay";
  return [
    ...[...results.keys()].map((name) => ({ what: `set up, ${name}`, value: rate(name), unit: "pairs/s" })),
    { what: `set up, stapler without its relay / ${peer}`, value: rate("stapler") / rate(peer) },
    {
      what: `set up, relay and stapler / ${peer}`,
      value: rate("relay and stapler") / rate(peer),
      target: { sign: ">=", must: 0.95, strong: 1.3 },
    },
  ];
}

/** @param bytes of each pair, by contender */
export function idlePair(bytes: ReadonlyMap<string, number>, pairs: number): Figure[] {
  return [...bytes].map(([name, value]) => ({
    what: `memory per idle pair, ${pairs} pairs, ${name}`,
    value: value / KIB,
    unit: "KiB",
    ...(name === "stapler" ? { target: { sign: "<=", must: 25, strong: 10 } } : {}),
  }));
}

/** What all read buffers of a stapler may have: see `BufferPool`. */
const BUFFERS_BYTES = 128 * MIB;
/** What Node itself has, and what an idle pair may have. */
const NODE_BYTES = 64 * MIB;
const PAIR_BYTES = 25 * KIB;

export function stoppedReaders(
  { full, later }: Stopped,
  { processes, pairs }: { readonly processes: number; readonly pairs: number },
): Figure[] {
  const title = `${processes} processes, ${pairs} stopped readers each`;
  const most = Math.max(...full);
  return [
    {
      what: `${title}, memory of the larger`,
      value: most / MIB,
      unit: "MiB",
      target: { sign: "<=", must: Math.round((BUFFERS_BYTES + NODE_BYTES + pairs * PAIR_BYTES) / MIB) },
    },
    { what: `${title}, memory of a pair`, value: most / pairs / KIB, unit: "KiB" },
    {
      what: `${title}, growth in 5 s of standing still`,
      value: Math.max(...later) / most,
      unit: "times",
      target: { sign: "<=", must: 1.05 },
    },
  ];
}

function speeds(results: Results, title: string) {
  const rate = (name: string): number =>
    median((results.get(name) ?? []).map(({ gigabytesPerSecond }) => gigabytesPerSecond));
  const absolute = [...results.keys()].map((name) => ({ what: `${title}, ${name}`, value: rate(name), unit: "GB/s" }));
  return { rate, absolute };
}
