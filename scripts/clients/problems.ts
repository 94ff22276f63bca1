/**
 * The same mistake reads the same in every client: `npm run test:problems [-- --only go,java] [--json FILE]`. Each
 * client's example `problems` asks a relay for a channel as a stranger would; what it shows must be the code, message and
 * hint of the one table (src/protocol/problem.ts). Of a relay that is away a client may say more behind the message.
 *
 * A language that is not installed is skipped with a line that says so. Ends with 1 when a client differs.
 */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { connectRelay, newUuid, toDuetError } from "../../src/client/index.js";
import { freePort } from "../bench/processes.js";
import { RelayProcess } from "../contract/relay.js";
import { goProgram, javaExample, type Program, pythonProgram, rustExample, typescriptExample } from "./builds.js";
import { Detour } from "./detour.js";
import { LANGUAGES, missing } from "./languages.js";
import { difference, type Mistake, type Shown } from "./mistakes.js";

/** Each makes one attempt; only a virtual machine that starts on a busy one takes seconds. */
const TIMEOUT_MS = 60_000;

/** Asks the relay at an address for a channel, and shows what came of it. */
type Ask = (relay: string, channel: string) => Promise<Shown>;

const EXAMPLES: Readonly<Record<string, () => Program>> = {
  typescript: () => typescriptExample("problems"),
  python: () => pythonProgram("clients/python/examples/problems.py"),
  go: () => goProgram("problems", "./examples/problems"),
  rust: () => rustExample("problems"),
  java: () => javaExample("examples/Problems.java"),
};

/** The other door of TypeScript, which is this package itself. */
const trpc: Ask = async (url, channel) => {
  const relay = connectRelay({ url });
  try {
    await relay.client(newUuid()).getChannel.query({ channel });
    return {};
  } catch (error) {
    const { code, message, hint } = toDuetError(error);
    return { code, message, hint };
  } finally {
    relay.close();
  }
};

function asking({ command, args }: Program): Ask {
  return (relay, channel) =>
    new Promise((resolve, reject) => {
      execFile(command, [...args, relay, channel], { timeout: TIMEOUT_MS }, (_error, stdout, stderr) => {
        try {
          resolve(JSON.parse(stdout) as Shown);
        } catch {
          reject(new Error(`it showed no line of JSON: ${stdout}${stderr}`));
        }
      });
    });
}

const { values: options } = parseArgs({ options: { only: { type: "string" }, json: { type: "string" } } });
const only = options.only?.split(",");
const unknown = only?.filter((name) => name !== "trpc" && !(name in EXAMPLES)) ?? [];
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(", ")}; there are trpc, ${Object.keys(EXAMPLES).join(", ")}`);
  process.exit(2);
}
const isWanted = (name: string): boolean => only?.includes(name) ?? true;
const counts = { passed: 0, failed: 0, skipped: 0 };

const clients = new Map<string, Ask>(isWanted("trpc") ? [["trpc", trpc]] : []);
for (const language of LANGUAGES.filter(({ name }) => isWanted(name))) {
  const lacking = missing(language);
  const example = EXAMPLES[language.name];
  if (lacking.length > 0 || example === undefined) {
    console.error(`${language.name}: skipped, ${lacking.join(", ")} not installed`);
    counts.skipped++;
  } else clients.set(language.name, asking(example()));
}

await using relay = await RelayProcess.start();
const sender = await relay.takeSenderSeat("taken");
await using second = await Detour.to(relay.url, "127.0.0.2");
await relay.takeRecipientSeat(sender, second.url);
await using third = await Detour.to(relay.url, "127.0.0.3");

const mistakes: readonly Mistake[] = [
  { what: "a third address", relay: third.url, channel: "taken", code: "channel_full" },
  { what: "a wrong uuid", relay: relay.url, channel: "taken", code: "not_yours" },
  { what: "an unknown channel", relay: relay.url, channel: "nobody-is-here", code: "unknown_channel" },
  { what: "bad input", relay: relay.url, channel: "Not A Name", code: "bad_request" },
  {
    what: "a relay that is away",
    relay: `http://127.0.0.1:${await freePort()}`,
    channel: "any",
    code: "relay_unreachable",
  },
];
for (const [name, ask] of clients)
  for (const mistake of mistakes) {
    const wrong = await ask(mistake.relay, mistake.channel).then((shown) => difference(mistake, shown), String);
    counts[wrong === undefined ? "passed" : "failed"]++;
    console.error(`${name}, ${mistake.what}: ${wrong === undefined ? mistake.code : `FAILED: ${wrong}`}`);
  }
console.error(`\n${clients.size} clients: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(counts));
if (counts.failed > 0) process.exitCode = 1;
