/**
 * Holds the running relay against its document: `npm run test:contract [-- EXAMPLES]`. Schemathesis makes requests from
 * the document, good and bad ones, and checks every answer; test/contract/schemathesis.toml says how. Once with a
 * sender's seat alone, once as each side of a channel on which both seats are taken, and then the routes that close.
 *
 * Needs Python 3.10 or newer, in which it makes an environment of its own. Ends with 1 when something was found.
 */
import { type ExecFileSyncOptions, execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { RelayProcess, type Seat } from "./relay.js";

const PINS = "test/contract/requirements.txt";
const CONFIG = "test/contract/schemathesis.toml";
const DOCUMENT = "openapi/openapi.json";
const VENV = path.resolve(".cache/contract");
/** 100 examples of each operation take some ten seconds; a run that takes so long hangs. */
const RUN_TIMEOUT_MS = 240_000;
const INSTALL_TIMEOUT_MS = 300_000;
const CLOSING = ["closeChannel", "closeChannelPost"];

function prepare(): void {
  const stamp = path.join(VENV, "requirements.txt");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === readFileSync(PINS, "utf8")) return;
  const options: ExecFileSyncOptions = { stdio: ["ignore", "inherit", "inherit"], timeout: INSTALL_TIMEOUT_MS };
  execFileSync("python3", ["-m", "venv", "--clear", VENV], options);
  const pip = [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--require-hashes",
    "--requirement",
    PINS,
  ];
  execFileSync(path.join(VENV, "bin", "python"), pip, options);
  execFileSync("cp", [PINS, stamp], options); // last: an environment without it is made anew
}

/** @returns whether nothing was found */
function check(url: string, seat: Seat, filters: readonly string[]): boolean {
  const examples = process.argv.slice(2);
  const more = examples.length === 0 ? [] : ["--max-examples", ...examples];
  const { status, signal } = spawnSync(
    path.join(VENV, "bin", "schemathesis"),
    ["--config-file", CONFIG, "run", DOCUMENT, ...filters, ...more],
    {
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        ...process.env,
        DUET_URL: url,
        DUET_UUID: seat.uuid,
        DUET_CHANNEL: seat.channel,
      },
      timeout: RUN_TIMEOUT_MS,
    },
  );
  if (signal !== null) console.error(`ended by ${signal}`);
  return status === 0;
}

prepare();
await using relay = await RelayProcess.start();
const open = CLOSING.flatMap((name) => ["--exclude-operation-id", name]);
const closing = CLOSING.flatMap((name) => ["--include-operation-id", name]);
const alone = await relay.takeSenderSeat("alone");
const sender = await relay.takeSenderSeat("both");
const recipient = await relay.takeRecipientSeat(sender);
const runs = [
  ["a sender alone", alone, open],
  ["the sender, both seats being taken", sender, open],
  ["the recipient, both seats being taken", recipient, open],
  ["who closes", alone, closing],
] as const;
for (const [who, seat, filters] of runs) {
  console.error(`\n=== ${who}`);
  if (!check(relay.url, seat, filters)) process.exitCode = 1;
}
