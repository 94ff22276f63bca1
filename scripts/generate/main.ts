/**
 * Writes everything in the repository that is generated: `npm run generate [-- --only a,b]`. With `--check` it writes
 * nothing, and fails when a file is not what it would write.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { documents } from "./documents.js";
import type { Target } from "./target.js";

/** In the order in which they need each other: clients are made from the documents. */
const TARGETS: readonly Target[] = [documents];

/** A difference between what is there and what would be generated. */
interface Change {
  readonly file: string;
  readonly what: "changed" | "missing" | "left over";
  /** Undefined: the file goes. */
  readonly content: string | Uint8Array | undefined;
}

async function changesOf(target: Target): Promise<readonly Change[]> {
  const files = await target.generate();
  const present = new Set(await filesIn(target.folder));
  const changes: Change[] = [];
  for (const [name, content] of files) {
    const file = path.join(target.folder, name);
    if (!present.has(name)) changes.push({ file, what: "missing", content });
    else if (!(await readFile(file)).equals(Buffer.from(content))) changes.push({ file, what: "changed", content });
  }
  const leftOver = [...present].filter((name) => !files.has(name));
  return [
    ...changes,
    ...leftOver.map((name) => ({
      file: path.join(target.folder, name),
      what: "left over" as const,
      content: undefined,
    })),
  ];
}

async function filesIn(folder: string): Promise<readonly string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

async function apply({ file, content }: Change): Promise<void> {
  if (content === undefined) return rm(file);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}

function chosen(only: string | undefined): readonly Target[] {
  if (only === undefined) return TARGETS;
  const names = only.split(",");
  const unknown = names.filter((name) => !TARGETS.some((target) => target.name === name));
  if (unknown.length > 0)
    throw new Error(`--only: unknown ${unknown.join(", ")}; there are ${TARGETS.map(({ name }) => name).join(", ")}`);
  return TARGETS.filter(({ name }) => names.includes(name));
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: "string" }, check: { type: "boolean", default: false } } });
  for (const target of chosen(values.only)) {
    const changes = await changesOf(target);
    for (const change of changes) {
      console.error(`${change.file}: ${change.what}`);
      if (values.check) process.exitCode = 1;
      else await apply(change);
    }
  }
  if (process.exitCode === 1) console.error("run: npm run generate");
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? `generate: ${error.message}` : error);
  process.exitCode = 2;
});
