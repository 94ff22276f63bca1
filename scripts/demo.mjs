// Shows duet at work on this machine: two operating-system processes, a sender with its own relay and a recipient.
//
//   npm run demo              64 MiB of fresh random bytes
//   npm run demo -- FILE      a file of yours; it is only read
//
// Exits 0 only if what arrived is equal to what was sent, byte for byte.
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, open, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const MIB = 1024 * 1024;
const RANDOM_MIB = 64;

const say = (text = "") => process.stdout.write(`${text}\n`);

function size(bytes) {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Runs `duet … --json` and hands each event to `onEvent`; what it says on standard error goes to ours. */
function duet(args, home, onEvent) {
  const env = { ...process.env, DUET_STATE_DIR: join(home, "state") };
  // What a user has set for real transfers must not lead the demonstration elsewhere.
  for (const name of Object.keys(env)) if (name.startsWith("DUET_") && name !== "DUET_STATE_DIR") delete env[name];
  const child = spawn(process.execPath, [MAIN, ...args, "--json"], { env, stdio: ["ignore", "pipe", "inherit"] });
  createInterface({ input: child.stdout }).on("line", (line) => onEvent(JSON.parse(line)));
  const ended = once(child, "close").then(([code]) => code ?? 1);
  return { child, ended };
}

async function makeRandomFile(folder) {
  const path = join(folder, "random.bin");
  const file = await open(path, "wx");
  for (let i = 0; i < RANDOM_MIB; i++) await file.write(randomBytes(MIB));
  await file.close();
  return path;
}

async function sha256(path) {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: MIB })) hash.update(chunk);
  return hash.digest("hex");
}

function showProgress({ bytes, total, rate }) {
  const share = total ? Math.floor((100 * bytes) / total) : 0;
  const text = `  ${String(share).padStart(3)} %  ${size(bytes)} of ${size(total)}  ${size(rate)}/s`;
  if (process.stdout.isTTY) process.stdout.write(`\r${text}\u001b[K${bytes === total ? "\n" : ""}`);
  else say(text);
}

async function demonstrate(folder, given, running) {
  const source = given === undefined ? await makeRandomFile(folder) : resolve(given);
  const { size: length } = await stat(source);
  const inbox = join(folder, "inbox");
  await mkdir(inbox);
  say(`Sender:     duet send ${given ?? `random.bin`}   (${size(length)})`);

  const recipient = { ended: Promise.resolve(undefined), seconds: 0 };
  const sender = duet(["send", source, "--wait-for-peer", "60"], folder, (event) => {
    if (event.event !== "code") return;
    say(`Code:       ${event.code}`);
    say(`Recipient:  ${event.command}`);
    say();
    const { child, ended } = duet(
      ["receive", event.code, "--relay", event.relay, "--out", inbox, "--yes", "--log-level", "error"],
      folder,
      (seen) => {
        if (seen.event === "progress") showProgress(seen);
        if (seen.event === "done") recipient.seconds = seen.seconds;
      },
    );
    running.push(child);
    recipient.ended = ended;
  });
  running.push(sender.child);
  const sent = await sender.ended;
  const received = await recipient.ended;
  if (sent !== 0 || received !== 0)
    throw new Error(`the sender exited with ${sent}, the recipient with ${received ?? "nothing: it never started"}`);

  const [name] = await readdir(inbox);
  if (name !== basename(source)) throw new Error(`expected ${basename(source)}, found ${name}`);
  const [before, after] = await Promise.all([sha256(source), sha256(join(inbox, name))]);
  say();
  say(`SHA-256 sent:      ${before}`);
  say(`SHA-256 received:  ${after}`);
  if (before !== after) throw new Error("what arrived is not what was sent");
  const rate = length / Math.max(recipient.seconds, 0.001);
  say(`Equal. ${size(rate)}/s, encrypted from end to end, through a relay and a stapler.`);
}

function sayHowToGoOn() {
  say();
  say("Now by hand. Once: npm link (or write `node dist/cli/main.js` in place of `duet`). Then, in two terminals:");
  say("  duet send README.md");
  say("  duet receive CODE --relay URL --out /tmp");
  say("The first one prints the second, with code and address, also for other computers in your network.");
}

async function main() {
  const [given] = process.argv.slice(2);
  if (!existsSync(MAIN)) throw new Error("dist/ is not built: run `npm ci` first");
  if (given !== undefined && !(await stat(given).catch(() => undefined))?.isFile())
    throw new Error(`${given} is not a file`);
  const folder = await mkdtemp(join(tmpdir(), "duet-demo-"));
  const running = [];
  const stop = () => running.forEach((child) => child.kill("SIGTERM"));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    await demonstrate(folder, given, running);
    sayHowToGoOn();
  } finally {
    for (const child of running) if (child.exitCode === null) child.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  }
}

main().catch((/** @type {unknown} */ error) => {
  process.stderr.write(`The demonstration failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
