/**
 * Measures duet beside its peers, in one interleaved run, and prints the ratios with their targets.
 *
 *     [CROC=/path/to/croc] npm run bench -- [--only stapler|api|transfer] [--quick] [--json] [--block KIB]
 *
 * `--block` is how much one read or write of the drivers asks for: 64 KiB if not given, as much as pipes and most
 * stream libraries move at once.
 *
 * `--quick` is meant to take some two minutes for each long part, more on a busy machine, and is only good for seeing that nothing broke.
 * Run the full one on a quiet machine. Peers that are not installed are named and left out. Ends with 1 when a
 * target is missed.
 */
import { parseArgs } from "node:util";
import { benchApi } from "./api/main.js";
import { type Section, surroundings, table, verdict } from "./report.js";
import { benchStapler } from "./stapler/main.js";
import { ranAlone } from "./transfer/alone.js";
import { benchTransfer } from "./transfer/main.js";

/** A load above this comes from others, and the figures mean little. */
const QUIET_LOAD = 0.5;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    block: { type: "string", default: "64" },
    only: { type: "string" },
  },
});

if (!ranAlone()) await bench(values.quick, values.json, Number(values.block) * 1024);

async function bench(quick: boolean, json: boolean, blockBytes: number): Promise<void> {
  const say = (text: string): void => console.error(text);
  const before = surroundings();
  if (before.load > QUIET_LOAD) say(`note: this machine is busy (load ${before.load.toFixed(2)})`);

  const size = quick ? "quick" : "full";
  const sections: Record<string, () => Promise<Section>> = {
    stapler: () => benchStapler({ size, blockBytes, say }),
    api: () => benchApi({ size, say }),
    transfer: () => benchTransfer({ size, say }),
  };
  const measured: Section[] = [];
  for (const [name, measure] of Object.entries(sections))
    if (values.only === undefined || values.only === name) measured.push(await measure());
  const figures = measured.flatMap((section) => section.figures);
  const skipped = measured.flatMap((section) => section.skipped);
  const versions = Object.fromEntries(measured.flatMap((section) => Object.entries(section.versions)));
  for (const name of skipped) say(`not installed, left out: ${name}`);

  const report = { date: new Date().toISOString(), quick, blockBytes, ...before, versions, skipped, figures };
  console.log(json ? JSON.stringify(report, undefined, 2) : text(report));
  if (figures.some((figure) => verdict(figure) === "MISSED")) process.exitCode = 1;
}

interface Report extends ReturnType<typeof surroundings> {
  readonly date: string;
  readonly quick: boolean;
  readonly blockBytes: number;
  readonly versions: Section["versions"];
  readonly figures: Section["figures"];
}

function text({ date, quick, blockBytes, node, cores, cpu, load, versions, figures }: Report): string {
  const peers = Object.entries(versions).map(([name, version]) => `${name}: ${version}`);
  const how = `${quick ? "quick" : "full"} run, blocks of ${blockBytes / 1024} KiB`;
  const where = `${date}, ${how}, Node ${node}, ${cores} cores (${cpu}), load ${load.toFixed(2)} at the start`;
  return ["", where, ...peers, "", table(figures)].join("\n");
}
