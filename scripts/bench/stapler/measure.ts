import { setTimeout as delay } from "node:timers/promises";
import { type Process, cpuSeconds, residentBytes } from "../processes.js";
import { sum } from "../stats.js";
import type { Contender, Running } from "./contenders.js";
import { type DriverPlan, type Drivers, type SetupPlan, startDriver, startSetup } from "./driver.js";

export interface Throughput {
  readonly gigabytesPerSecond: number;
  /** Processor seconds of the contender for a gigabyte, warm-up and both ends of the measured time included. */
  readonly cpuPerGigabyte: number;
  /** Bytes of each pair. */
  readonly shares: readonly number[];
}

/** One run: starts the contender, lets a source and a sink meet over it, and takes the sink's figures. */
export function throughput(drivers: Drivers, contender: Contender, plan: DriverPlan): Promise<Throughput> {
  return meet(drivers, contender, plan, async ({ sink, source, relay }) => {
    const before = cpuSeconds(relay.pid);
    sink.say("go\n");
    source.say("go\n");
    // Both are one line in the driver: see driver.c. The shape is its, so the cast is safe.
    const { ms, bytes } = JSON.parse(await sink.line()) as { readonly ms: number; readonly bytes: readonly number[] };
    const gigabytes = sum(bytes) / 1e9;
    const moved = (gigabytes * (plan.warmupMs + ms)) / ms;
    return {
      gigabytesPerSecond: (gigabytes / ms) * 1000,
      cpuPerGigabyte: (cpuSeconds(relay.pid) - before) / moved,
      shares: bytes,
    };
  });
}

/** Connections that are only held: nothing is measured of time. */
const HELD = { warmupMs: 0, measureMs: 0 };

/** Memory that a contender needs for each pair that is connected and silent. */
export async function bytesPerIdlePair(drivers: Drivers, contender: Contender, pairs: number): Promise<number> {
  const plan = { ...HELD, blockBytes: 0 };
  // One pair first: what a process needs before it can serve anyone is not counted to the pairs.
  const few = await meet(drivers, contender, { ...plan, pairs: 1 }, async ({ relay }) => residentBytes(relay.pid));
  const many = await meet(drivers, contender, { ...plan, pairs }, async ({ relay }) => residentBytes(relay.pid));
  return (many - few) / (pairs - 1);
}

/** What each of several processes of one contender has in memory. */
export interface Stopped {
  /** When no source could write any more. */
  readonly full: readonly number[];
  /** Some time later. */
  readonly later: readonly number[];
}

/** How long memory is given to grow after everything stands still. */
const LATER_MS = 5_000;

/** Several processes at once, with so many pairs each whose source writes all it can and whose sink never reads. */
export async function withStoppedReaders(
  drivers: Drivers,
  contender: Contender,
  { processes, pairs }: { readonly processes: number; readonly pairs: number },
): Promise<Stopped> {
  const plan = { ...HELD, pairs, blockBytes: 64 * 1024 };
  const memory = (relays: readonly Running[]): number[] => relays.map(({ pid }) => residentBytes(pid));
  const hold = (relays: readonly Running[]): Promise<Stopped> =>
    relays.length === processes
      ? rest(relays)
      : meet(drivers, contender, plan, async ({ relay, source }) => {
          source.say("go\n");
          await source.line();
          return hold([...relays, relay]);
        });
  const rest = async (relays: readonly Running[]): Promise<Stopped> => {
    const full = memory(relays);
    await delay(LATER_MS);
    return { full, later: memory(relays) };
  };
  return hold([]);
}

/** How many pairs a contender brings together in a second. */
export async function pairsPerSecond(drivers: Drivers, contender: Contender, plan: SetupPlan): Promise<number> {
  await using relay = await contender.start(0);
  await using setup = startSetup(drivers, plan, relay.port, contender.dialect);
  // One line in the driver: see setup.c.
  const { pairs, ms } = JSON.parse(await setup.line()) as { readonly pairs: number; readonly ms: number };
  return (pairs / ms) * 1000;
}

interface Meeting {
  readonly relay: Running;
  readonly source: Process;
  readonly sink: Process;
}

async function meet<Result>(
  drivers: Drivers,
  contender: Contender,
  plan: DriverPlan,
  use: (meeting: Meeting) => Promise<Result>,
): Promise<Result> {
  const { dialect } = contender;
  if (contender.kind === "meets") {
    await using relay = await contender.start(0);
    const place = { how: "connect", port: relay.port, dialect } as const;
    await using sink = startDriver(drivers, plan, { ...place, role: "sink" });
    await using source = startDriver(drivers, plan, { ...place, role: "source" });
    await Promise.all([sink.line(), source.line()]);
    return await use({ relay, source, sink });
  }
  await using sink = startDriver(drivers, plan, { role: "sink", how: "listen", port: 0, dialect });
  const target = Number((await sink.line()).replace("port ", ""));
  await using relay = await contender.start(target);
  await using source = startDriver(drivers, plan, { role: "source", how: "connect", port: relay.port, dialect });
  await Promise.all([sink.line(), source.line()]);
  return await use({ relay, source, sink });
}
