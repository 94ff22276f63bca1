/**
 * Writes everything in the repository that is generated: the documents, then the clients made from them.
 *
 *     npm run generate [-- --only documents,go] [--available] [--install]
 *
 * `--check` writes nothing, and fails when a file is not what it would write. `--available` leaves out, with a line
 * about each, the languages whose tools are not there; without it they are an error. `--install` installs the
 * generators that npm and pip can install. Ends with 1 when a check fails, with 2 when something cannot be generated.
 */
import { execSync } from "node:child_process";
import process from "node:process";
import { parseArgs } from "node:util";
import { documents, type Documents, makeDocuments } from "./documents.js";
import { apply, changesOf } from "./files.js";
import type { Target } from "./target.js";
import { go } from "./targets/go.js";
import { java } from "./targets/java.js";
import { procedures } from "./targets/procedures.js";
import { python } from "./targets/python.js";
import { rust } from "./targets/rust.js";
import { typescript } from "./targets/typescript.js";

/** In the order in which they need each other: the documents are made of the procedures, clients of the documents. */
const TARGETS: readonly Target[] = [procedures, documents, typescript, go, python, rust, java];

const INSTALL_TIMEOUT_MS = 600_000;

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    check: { type: "boolean", default: false },
    available: { type: "boolean", default: false },
    install: { type: "boolean", default: false },
  },
});

function chosen(only: string | undefined): readonly Target[] {
  if (only === undefined) return TARGETS;
  const names = only.split(",");
  const unknown = names.filter((name) => !TARGETS.some((target) => target.name === name));
  if (unknown.length > 0)
    throw new Error(`--only: unknown ${unknown.join(", ")}; there are ${TARGETS.map(({ name }) => name).join(", ")}`);
  return TARGETS.filter(({ name }) => names.includes(name));
}

/** @returns whether the target can be generated; says why not if it need not be */
function isReady({ name, tool }: Target): boolean {
  if (tool === undefined || tool.isThere()) return true;
  const isCommand = !tool.install.startsWith("https:");
  if (options.install && isCommand) {
    console.error(`${name}: ${tool.install}`);
    execSync(tool.install, { stdio: "inherit", timeout: INSTALL_TIMEOUT_MS });
    if (tool.isThere()) return true;
  }
  const missing = `${name}: needs ${tool.name}, which is not installed; ${isCommand ? "run" : "get it from"}: ${tool.install}`;
  if (!options.available) throw new Error(missing);
  console.error(`${missing} (left out)`);
  return false;
}

async function main(): Promise<void> {
  const ready = chosen(options.only).filter(isReady);
  let made: Promise<Documents> | undefined;
  const once = (): Promise<Documents> => (made ??= makeDocuments());
  for (const target of ready) {
    const changes = await changesOf(target, await target.generate(once));
    for (const change of changes) {
      console.error(`${change.file}: ${change.what}`);
      if (options.check) process.exitCode = 1;
      else await apply(change);
    }
    console.error(`${target.name}: ${changes.length === 0 ? "as it should be" : `${changes.length} files`}`);
  }
  if (process.exitCode === 1) console.error("run: npm run generate");
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? `generate: ${error.message}` : error);
  process.exitCode = 2;
});
