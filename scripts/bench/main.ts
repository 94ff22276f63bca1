/**
 * Measures duet beside its peers, in one interleaved run, and prints the ratios with their targets.
 *
 *     npm run bench -- [--quick] [--json] [--block KIB]
 *
 * `--block` is how much one read or write of the drivers asks for: 64 KiB if not given, as much as pipes and most
 * stream libraries move at once.
 *
 * `--quick` takes less than a minute and is only good for seeing that nothing broke. Run the full one on a quiet
 * machine. Peers that are not installed are named and left out. Ends with 1 when a target is missed.
 */
import { parseArgs } from "node:util";
import { type Figure, surroundings, table, verdict } from "./report.js";
import { benchStapler } from "./stapler/main.js";
import { serveStapler } from "./stapler/serve.js";

/** A load above this comes from others, and the figures mean little. */
const QUIET_LOAD = 0.5;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    block: { type: "string", default: "64" },
    /** Internal: be the stapler that is measured. */
    serve: { type: "string" },
  },
});

if (values.serve === undefined) await bench(values.quick, values.json, Number(values.block) * 1024);
else await serveStapler(values.serve === "public" ? "public" : "auto");

async function bench(quick: boolean, json: boolean, blockBytes: number): Promise<void> {
  const say = (text: string): void => console.error(text);
  const before = surroundings();
  if (before.load > QUIET_LOAD) say(`note: this machine is busy (load ${before.load.toFixed(2)})`);

  const { figures, versions, skipped } = await benchStapler({ size: quick ? "quick" : "full", blockBytes, say });
  for (const name of skipped) say(`${name} is not installed: left out`);

  const report = { date: new Date().toISOString(), quick, blockBytes, ...before, versions, skipped, figures };
  console.log(json ? JSON.stringify(report, undefined, 2) : text(report));
  if (figures.some((figure) => verdict(figure) === "MISSED")) process.exitCode = 1;
}

interface Report extends ReturnType<typeof surroundings> {
  readonly date: string;
  readonly quick: boolean;
  readonly blockBytes: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly figures: readonly Figure[];
}

function text({ date, quick, blockBytes, node, cores, cpu, load, versions, figures }: Report): string {
  const peers = Object.entries(versions).map(([name, version]) => `${name}: ${version}`);
  const how = `${quick ? "quick" : "full"} run, blocks of ${blockBytes / 1024} KiB`;
  const where = `${date}, ${how}, Node ${node}, ${cores} cores (${cpu}), load ${load.toFixed(2)} at the start`;
  return ["", where, ...peers, "", table(figures)].join("\n");
}
