/**
 * Runs the tests of the clients in `clients/`, each by the one command that its README has under `## Test`:
 *
 *     npm run test:clients [-- NAME …] [--json FILE]
 *
 * Each starts the built relay of this checkout itself; with RELAY in the environment they all talk to that one. A
 * language that is not installed is skipped with a line that says so. Ends with 1 when a test failed.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { add, type Counts, NONE } from "./counts.js";
import { type Language, LANGUAGES, missing, testCommand } from "./languages.js";

/** All of them cold, on two cores, are to stay below eight minutes; one that hangs must not keep CI for longer. */
const TIMEOUT_MS = 600_000;
/** Where Maven and others print in colours, the counts could not be read. */
const PLAIN = { NO_COLOR: "1", FORCE_COLOR: "0", CARGO_TERM_COLOR: "never", TERM: "dumb" };

interface Outcome {
  readonly language: Language;
  readonly counts: Counts;
  readonly seconds: number;
  readonly text: string;
}

/** @returns the exit code, and all that it printed, which is passed on as it comes */
async function run(command: string, cwd: string, env: Readonly<Record<string, string>>) {
  const child = spawn("bash", ["-c", command], {
    cwd,
    env: { ...process.env, ...PLAIN, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that what it started ends with it.
    detached: true,
  });
  const timer = setTimeout(() => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  }, TIMEOUT_MS);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      process.stderr.write(text);
    });
  }
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject).once("close", (status) => resolve(status ?? 1));
  });
  clearTimeout(timer);
  return { code, output };
}

async function test(language: Language): Promise<Outcome> {
  const start = performance.now();
  const done = (counts: Counts, text: string): Outcome => {
    return { language, counts, seconds: Math.round((performance.now() - start) / 1000), text };
  };
  const readme = path.join(language.folder, "README.md");
  if (!existsSync(readme)) return done({ ...NONE, skipped: 1 }, `skipped: there is no ${readme}`);
  const lacking = missing(language);
  if (lacking.length > 0) return done({ ...NONE, skipped: 1 }, `skipped: ${lacking.join(", ")} not installed`);
  const command = testCommand(readFileSync(readme, "utf8"));
  console.error(`\n=== ${language.name}: ${command}`);
  const { code, output } = await run(command, language.folder, language.env ?? {});
  const counts = language.count(output);
  if (code !== 0) return done({ ...counts, failed: Math.max(1, counts.failed) }, `FAILED (${code})`);
  // A command that ran no test has shown nothing.
  if (counts.passed === 0) return done({ ...counts, failed: 1 }, "FAILED: no test was counted");
  return done(counts, "ok");
}

const { values: options, positionals } = parseArgs({ options: { json: { type: "string" } }, allowPositionals: true });
const unknown = positionals.filter((name) => !LANGUAGES.some((language) => language.name === name));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(", ")}; there are ${LANGUAGES.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

const outcomes: Outcome[] = [];
for (const language of LANGUAGES) {
  if (positionals.length === 0 || positionals.includes(language.name)) outcomes.push(await test(language));
}
console.error();
for (const { language, counts, seconds, text } of outcomes) {
  const { passed, failed, skipped } = counts;
  console.error(`${language.name}: ${passed} passed, ${failed} failed, ${skipped} skipped, ${seconds} s: ${text}`);
}
const total = outcomes.reduce((sum, { counts }) => add(sum, counts), NONE);
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(total));
if (total.failed > 0) process.exitCode = 1;
