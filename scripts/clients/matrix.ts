/**
 * Every peer sends a file to every other, itself included, and is told a wrong word once: `npm run test:matrix
 * [-- --only cli,go] [--json FILE]`. 20 MiB by the default suite, through one relay in a process of its own. Ends with
 * 1 when a file is not equal, or an exit code is not what it should be.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { RelayProcess } from "../contract/relay.js";
import { start } from "./peer-process.js";
import { buildPeers, type Peer } from "./peers.js";

const FILE_BYTES = 20 * 1024 * 1024;
/** A pair that has not ended by then has stopped. */
const PAIR_TIMEOUT_MS = 120_000;
/** docs/CLI.md: the words did not match. */
const EXIT_WRONG_CODE = 3;

/** The code with another last word of the list. */
function withWrongWord(code: string): string {
  const words = code.split("-");
  const last = words.pop();
  return [...words, last === "zebra" ? "zone" : "zebra"].join("-");
}

interface Pair {
  readonly relay: string;
  readonly sender: Peer;
  readonly recipient: Peer;
  readonly file: string;
  readonly change: (code: string) => string;
}

/** @returns both exit codes, and the SHA-256 of what arrived, if anything did */
async function transfer({ relay, sender, recipient, file, change }: Pair) {
  const folder = await mkdtemp(path.join(tmpdir(), "duet-matrix-"));
  try {
    const out = path.join(folder, "out");
    await mkdir(out);
    const run = (peer: Peer, command: "send" | "receive", ...args: readonly string[]) =>
      start(peer, [command, ...args], path.join(folder, command), PAIR_TIMEOUT_MS);
    await using sending = run(sender, "send", file, "--relay", relay);
    const line = await sending.firstLine;
    const { event, code } = JSON.parse(line || "{}") as { readonly event?: string; readonly code?: string };
    if (event !== "code" || code === undefined)
      throw new Error(`${sender.name} did not begin with a code: ${line} ${(await sending.ended).stderr}`);
    await using receiving = run(
      recipient,
      "receive",
      change(code),
      "--relay",
      relay,
      "--out",
      out,
      ...recipient.receive,
    );
    const [sent, received] = await Promise.all([sending.ended, receiving.ended]);
    const arrived = await readFile(path.join(out, path.basename(file))).catch(() => undefined);
    return { sent, received, hash: arrived === undefined ? undefined : hashOf(arrived) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const { values: options } = parseArgs({ options: { only: { type: "string" }, json: { type: "string" } } });
const peers = buildPeers(options.only?.split(","));
const folder = await mkdtemp(path.join(tmpdir(), "duet-matrix-"));
const counts = { passed: 0, failed: 0, skipped: 0 };

/** Tells what came of a pair. */
function told(what: string, wrong: string | undefined, seconds: number): void {
  counts[wrong === undefined ? "passed" : "failed"]++;
  console.error(`${what}: ${wrong === undefined ? "ok" : `FAILED: ${wrong}`} (${seconds.toFixed(1)} s)`);
}

async function pair(
  what: string,
  options: Pair,
  expected: { readonly exit: number; readonly hash: string | undefined },
) {
  const begun = performance.now();
  const seconds = (): number => (performance.now() - begun) / 1000;
  try {
    const { sent, received, hash } = await transfer(options);
    const exits = `exits ${sent.exit} and ${received.exit}`;
    const isRight = sent.exit === expected.exit && received.exit === expected.exit && hash === expected.hash;
    const said = `${sent.stderr.trim()} | ${received.stderr.trim()}`;
    const arrived = hash === undefined ? "nothing arrived" : hash === expected.hash ? "equal" : "it is not equal";
    told(what, isRight ? undefined : `${exits}, ${arrived}: ${said.slice(-1000)}`, seconds());
  } catch (error) {
    told(what, String(error), seconds());
  }
}

try {
  await using relay = await RelayProcess.start();
  const file = path.join(folder, "random.bin");
  const content = randomBytes(FILE_BYTES);
  await writeFile(file, content);
  for (const sender of peers)
    for (const recipient of peers) {
      const both = { relay: relay.url, sender, recipient, file };
      const what = `${sender.name} to ${recipient.name}`;
      await pair(what, { ...both, change: (code) => code }, { exit: 0, hash: hashOf(content) });
      await pair(
        `${what}, a wrong word`,
        { ...both, change: withWrongWord },
        { exit: EXIT_WRONG_CODE, hash: undefined },
      );
    }
} finally {
  await rm(folder, { recursive: true });
}
console.error(`\n${peers.length} peers: ${counts.passed} passed, ${counts.failed} failed`);
if (options.json !== undefined) await writeFile(options.json, JSON.stringify(counts));
if (counts.failed > 0) process.exitCode = 1;
