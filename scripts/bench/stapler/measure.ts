import { cpuSeconds, residentBytes } from "../processes.js";
import { sum } from "../stats.js";
import type { Contender, Running } from "./contenders.js";
import { type DriverPlan, startDriver } from "./driver.js";

/** How long one run takes. */
export interface Length {
  readonly warmupMs: number;
  readonly measureMs: number;
}

export interface Throughput {
  readonly gigabytesPerSecond: number;
  /** Processor seconds of the contender for a gigabyte, warm-up and both ends of the measured time included. */
  readonly cpuPerGigabyte: number;
  /** Bytes of each pair. */
  readonly shares: readonly number[];
}

/** One run: starts the contender, lets a source and a sink meet over it, and takes the sink's figures. */
export async function throughput(
  program: string,
  contender: Contender,
  pairs: number,
  length: Length,
): Promise<Throughput> {
  return meet(program, contender, { pairs, ...length }, async ({ sink, source, relay }) => {
    const before = cpuSeconds(relay.pid);
    sink.say("go\n");
    source.say("go\n");
    // Both are one line in the driver: see driver.c. The shape is its, so the cast is safe.
    const { ms, bytes } = JSON.parse(await sink.line()) as { readonly ms: number; readonly bytes: readonly number[] };
    const gigabytes = sum(bytes) / 1e9;
    const moved = (gigabytes * (length.warmupMs + ms)) / ms;
    return {
      gigabytesPerSecond: (gigabytes / ms) * 1000,
      cpuPerGigabyte: (cpuSeconds(relay.pid) - before) / moved,
      shares: bytes,
    };
  });
}

/** Memory that a contender needs for each pair that is connected and silent. */
export async function bytesPerIdlePair(program: string, contender: Contender, pairs: number): Promise<number> {
  const held: Length = { warmupMs: 0, measureMs: 0 };
  // One pair first: what a process needs before it can serve anyone is not counted to the pairs.
  const few = await meet(program, contender, { pairs: 1, ...held }, async ({ relay }) => residentBytes(relay.pid));
  const many = await meet(program, contender, { pairs, ...held }, async ({ relay }) => residentBytes(relay.pid));
  return (many - few) / (pairs - 1);
}

interface Meeting {
  readonly relay: Running;
  readonly source: ReturnType<typeof startDriver>;
  readonly sink: ReturnType<typeof startDriver>;
}

async function meet<Result>(
  program: string,
  contender: Contender,
  run: Pick<DriverPlan, "pairs" | "warmupMs" | "measureMs">,
  use: (meeting: Meeting) => Promise<Result>,
): Promise<Result> {
  const meets = contender.kind === "meets";
  if (meets) {
    await using relay = await contender.start(0);
    const { port } = relay;
    await using sink = startDriver(program, { ...run, role: "sink", how: "connect", port, hello: "recipient" });
    await using source = startDriver(program, { ...run, role: "source", how: "connect", port, hello: "sender" });
    await Promise.all([sink.line(), source.line()]);
    return await use({ relay, source, sink });
  }
  await using sink = startDriver(program, { ...run, role: "sink", how: "listen", port: 0, hello: "-" });
  const target = Number((await sink.line()).replace("port ", ""));
  await using relay = await contender.start(target);
  await using source = startDriver(program, { ...run, role: "source", how: "connect", port: relay.port, hello: "-" });
  await Promise.all([sink.line(), source.line()]);
  return await use({ relay, source, sink });
}
