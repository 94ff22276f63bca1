/** `npm run soak:kills -- --runs 200 --seed 1`: kills processes at random, and says how each run ended. */
import { parseArgs } from "node:util";
import { killRun } from "../../test/e2e/kill-run.js";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "20" }, seed: { type: "string", default: "1" } },
});
const first = Number(values.seed);
let bad = 0;
const killed = new Map<string, number>();
for (let seed = first; seed < first + Number(values.runs); seed++) {
  const started = performance.now();
  const { kills, faults, codes, resumed } = await killRun(seed);
  for (const { victim } of kills) killed.set(victim, (killed.get(victim) ?? 0) + 1);
  if (faults.length > 0) bad++;
  const who = kills.map(({ victim, bytes }) => `${victim} at ${(bytes / 1e6).toFixed(1)} MB`).join(", ");
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `${seed}: ${faults.length === 0 ? "good" : "BAD"}, ${seconds} s, exits ${codes.join("/")}, ${(resumed / 1e6).toFixed(1)} MB resumed; killed ${who || "nobody"}`,
  );
  for (const fault of faults) console.log(`   ${fault}`);
}
console.log(
  `${values.runs} runs, ${bad} bad; killed: ${[...killed].map(([victim, times]) => `${victim} ${times}`).join(", ")}`,
);
process.exitCode = bad === 0 ? 0 : 1;
