/**
 * Measures duet beside its peers, in one interleaved run, and prints the ratios with their targets.
 *
 *     npm run bench -- [--quick] [--json]
 *
 * `--quick` takes less than a minute and is only good for seeing that nothing broke. Run the full one on a quiet
 * machine. Peers that are not installed are named and left out.
 */
import { parseArgs } from "node:util";
import { surroundings, table, verdict } from "./report.js";
import { benchStapler } from "./stapler/main.js";

const { values } = parseArgs({ options: { quick: { type: "boolean" }, json: { type: "boolean" } } });

const say = (text: string): void => console.error(text);
const before = surroundings({});
if (before.load > 0.5) say(`note: the load average is ${before.load.toFixed(2)}; figures of a busy machine mean little`);

const { figures, versions, skipped } = await benchStapler(values.quick === true ? "quick" : "full", say);
const where = { ...before, versions };
for (const name of skipped) say(`${name} is not installed: left out`);

if (values.json === true) {
  console.log(JSON.stringify({ date: new Date().toISOString(), quick: values.quick === true, ...where, skipped, figures }, undefined, 2));
} else {
  console.log(`\nNode ${where.node}, ${where.cores} cores (${where.cpu}), load ${where.load.toFixed(2)} at the start`);
  console.log(`${Object.entries(versions).map(([name, version]) => `${name}: ${version}`).join("\n")}\n`);
  console.log(table(figures));
}
if (figures.some((figure) => verdict(figure) === "MISSED")) process.exitCode = 1;
