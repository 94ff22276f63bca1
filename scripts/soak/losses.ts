/** `npm run soak:losses -- --mib 1024 --folder /dev/shm`: one file over a line that breaks every few megabytes. */
import { parseArgs } from "node:util";
import { lossRun } from "../../test/e2e/loss-run.js";

const MIB = 1024 * 1024;
const { values } = parseArgs({
  options: {
    mib: { type: "string", default: "1024" },
    every: { type: "string", default: "4" },
    seed: { type: "string", default: "1" },
    folder: { type: "string" },
  },
});
for (const victim of ["sender", "recipient"] as const) {
  const started = performance.now();
  const { outcome, losses, ratio, isSame } = await lossRun({
    victim,
    bytes: Number(values.mib) * MIB,
    every: Number(values.every) * MIB,
    seed: Number(values.seed),
    ...(values.folder === undefined ? {} : { folder: values.folder }),
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `line of the ${victim}: ${outcome.join("/")}, ${isSame ? "equal" : "NOT EQUAL"}, ${losses} losses, ${((ratio - 1) * 100).toFixed(2)} % more than the file, ${seconds} s`,
  );
  if (!isSame || ratio >= 1.03) process.exitCode = 1;
}
