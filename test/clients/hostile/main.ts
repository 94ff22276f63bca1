/**
 * Each peer's program meets senders and recipients that know the words and do not keep to the rules: `node
 * scripts/run.mjs test/clients/hostile/main.ts [--only python,go] [--match TEXT] [--json FILE]`. Through one relay in a
 * process of its own. A language that is not installed is left out with a line that says so. Ends with 1 when a program
 * took what it must refuse, left what is not whole, or had another exit code than docs/CLI.md says.
 */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { buildPeers, type Peer } from "../../../scripts/clients/peers.js";
import { RelayProcess } from "../../../scripts/contract/relay.js";
import { connectRelay, type RelayConnection } from "../../../src/client/index.js";
import { type Attack, judge } from "./attacks.js";
import { type Circumstances, meetRecipient, meetSender, type Outcome, type Play } from "./encounter.js";
import { RECIPIENT_ATTACKS } from "./recipient-attacks.js";
import { SENDER_ATTACKS } from "./sender-attacks.js";

/** `npm test` has most of these attacks on the library that the command line is made of. `--only cli` is possible. */
const BY_DEFAULT = "python,go,rust";
/** Nearly all of the time of a pair is waiting: for a line to be made again, for the other process. */
const AT_ONCE = 12;

type Meet = (peer: Peer, relay: RelayConnection, play: Play, circumstances: Circumstances) => Promise<Outcome>;

interface Bout {
  readonly what: string;
  readonly peer: Peer;
  readonly attack: Attack;
  readonly meet: Meet;
}

async function fight({ what, peer, attack, meet }: Bout, relay: RelayConnection): Promise<boolean> {
  const wrong: string[] = [];
  try {
    const outcome = await meet(peer, relay, attack.play, attack);
    wrong.push(...judge(attack, outcome));
    if (wrong.length > 0) wrong.push(outcome.stderr.trim().slice(-300));
  } catch (error) {
    wrong.push(String(error));
  }
  if (wrong.length > 0) console.error(`${what}: FAILED: ${wrong.join("; ")}`);
  return wrong.length === 0;
}

const { values: options } = parseArgs({
  options: { only: { type: "string" }, match: { type: "string" }, json: { type: "string" } },
});
const begun = performance.now();
const peers = buildPeers((options.only ?? BY_DEFAULT).split(","));
const built = performance.now();

const bouts = peers.flatMap((peer) =>
  (
    [
      ["recipient", SENDER_ATTACKS, meetRecipient],
      ["sender", RECIPIENT_ATTACKS, meetSender],
    ] as const
  ).flatMap(([role, attacks, meet]) =>
    attacks
      .map((attack) => ({ what: `${peer.name} as ${role}, ${attack.name}`, peer, attack, meet }))
      .filter(({ what }) => what.includes(options.match ?? "")),
  ),
);

const counts = { passed: 0, failed: 0, skipped: 0 };
await using process_ = await RelayProcess.start();
const relay = connectRelay({ url: process_.url });
const left = bouts.values();
try {
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const bout of left) counts[(await fight(bout, relay)) ? "passed" : "failed"]++;
    }),
  );
} finally {
  relay.close();
}
const seconds = (from: number, to: number): string => ((to - from) / 1000).toFixed(0);
console.error(
  `${peers.map(({ name }) => name).join(", ")}: ${counts.passed} passed, ${counts.failed} failed; ${seconds(begun, built)} s of building, ${seconds(built, performance.now())} s`,
);
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(counts));
if (counts.failed > 0 || counts.passed === 0) process.exitCode = 1;
