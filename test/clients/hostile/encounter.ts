/** A program of another language, met by the test over a real relay and a real stapler. */
import { setMaxListeners } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Ended, type PeerProcess, start } from "../../../scripts/clients/peer-process.js";
import type { Peer } from "../../../scripts/clients/peers.js";
import { type Meeting, RecipientExchange, type RelayConnection, SenderExchange } from "../../../src/client/index.js";
import { Secret } from "../../../src/protocol/index.js";
import type { ChannelName, CloseReason } from "../../../src/protocol/names.js";
import { DuetError } from "../../../src/protocol/problem.js";
import { scratch, snapshot } from "../../helpers/scratch.js";
import { WirePeer } from "../../transfer/helpers/wire-peer.js";
import { WireTap } from "./wire-tap.js";

const WORDS = "cactus-lemon-violin";
/** The smallest, so that small files cross chunks. */
const CHUNK = 16_384;
const WAIT_FOR_PEER_MS = 30_000;
/** A refusal takes milliseconds; what has not ended by then hangs, and that is a finding. */
const TIMEOUT_MS = 30_000;
/** What a program has said arrives within this after its end. */
const LAST_WORD_MS = 2_000;
const SECRET = "what the other side must not touch";

/** One connection to the program. */
export interface Line {
  readonly peer: WirePeer;
  readonly tap: WireTap;
}

/** What a play has to do with. */
export interface Stage {
  /** The next connection in this round; the one before is dropped. */
  dial(): Promise<Line>;
  close(reason: CloseReason): Promise<void>;
  /** Where the program writes to. */
  readonly out: string;
  /** Beside it: what is in there stays as it is. */
  readonly outside: string;
}

/** How the program is started, if not as ever. */
export interface Circumstances {
  /** For how many seconds it waits for the other side. */
  readonly waitForPeer?: number | undefined;
}

export type Play = (stage: Stage) => Promise<void>;

export interface Outcome extends Ended {
  /** The codes that the program told before it closed. */
  readonly told: readonly string[];
  /** What has become of the folder that receives. */
  readonly arrived: Readonly<Record<string, string>>;
  /** Whether everything else is as it was. */
  readonly isOutsideUntouched: boolean;
}

/** The program receives from a sender that the test plays. */
export async function meetRecipient(
  peer: Peer,
  relay: RelayConnection,
  play: Play,
  { waitForPeer }: Circumstances = {},
): Promise<Outcome> {
  return await meet(relay, play, async (common, { out, folder }) => {
    const exchange = new SenderExchange(common);
    const { channel } = await exchange.open();
    const args = ["receive", `${channel}-${WORDS}`, "--relay", relay.url, "--out", out, ...peer.receive];
    if (waitForPeer !== undefined) args.push("--wait-for-peer", String(waitForPeer));
    return { exchange, program: start(peer, args, folder, TIMEOUT_MS) };
  });
}

/** The program sends two files of ten bytes, `a` and `b`, to a recipient that the test plays. */
export async function meetSender(
  peer: Peer,
  relay: RelayConnection,
  play: Play,
  { waitForPeer }: Circumstances = {},
): Promise<Outcome> {
  return await meet(relay, play, async (common, { outside, folder }) => {
    const paths = ["a", "b"].map((name) => join(outside, name));
    const args = ["send", ...paths, "--relay", relay.url];
    if (waitForPeer !== undefined) args.push("--wait-for-peer", String(waitForPeer));
    const program = start(peer, args, folder, TIMEOUT_MS);
    const { code } = JSON.parse((await program.firstLine) || "{}") as { readonly code?: string };
    if (code === undefined) throw new Error(`no code: ${(await program.ended).stderr}`);
    const dash = code.indexOf("-");
    const exchange = new RecipientExchange({
      ...common,
      channel: code.slice(0, dash) as ChannelName,
      secret: new Secret(Buffer.from(code.slice(dash + 1))),
    });
    return { exchange, program };
  });
}

interface Places {
  readonly out: string;
  readonly outside: string;
  /** For what the program remembers. */
  readonly folder: string;
}

interface Common {
  readonly relay: RelayConnection;
  readonly secret: Secret;
  readonly signal: AbortSignal;
  readonly waitForPeerMs: number;
  readonly curve: "ristretto255";
  readonly chunk: number;
}

async function meet(
  relay: RelayConnection,
  play: Play,
  begin: (
    common: Common,
    places: Places,
  ) => Promise<{ exchange: SenderExchange | RecipientExchange; program: PeerProcess }>,
): Promise<Outcome> {
  await using place = await scratch();
  await using memory = await scratch();
  const { to: out, from: outside } = place;
  for (const name of ["a", "b"]) await writeFile(join(outside, name), "0123456789");
  await writeFile(join(outside, "secret"), SECRET);
  await mkdir(join(outside, "folder"));
  const outsideNow = async (): Promise<string> =>
    JSON.stringify(Object.entries(await snapshot(place.path)).filter(([name]) => !/^to(?:\/|$)/.test(name)));
  const before = await outsideNow();
  const over = new AbortController();
  const secret = new Secret(Buffer.from(WORDS));
  const { signal } = over;
  // A play may hold a dozen lines at once.
  setMaxListeners(0, signal);
  const common = {
    relay,
    secret,
    signal,
    waitForPeerMs: WAIT_FOR_PEER_MS,
    curve: "ristretto255",
    chunk: CHUNK,
  } as const;
  const { exchange, program } = await begin(common, { out, outside, folder: memory.path });
  await using _ = program;
  const told: string[] = [];
  const lines: Line[] = [];
  const ended = program.ended.finally(() => over.abort(new DuetError("interrupted")));
  const stage = { out, outside, ...stageOf(exchange, signal, lines, told) };
  const played = play(stage).catch((error: unknown) => {
    // A program that refuses closes, and the play finds that out by itself.
    if (!(error instanceof DuetError || isClosed(error))) throw error;
  });
  await Promise.race([played.then(() => listen(lines.at(-1), told)), ended]);
  const { exit, stderr } = await ended;
  // What is stapled ends with the program; what waits for it would wait for long.
  const timer = setTimeout(() => lines.forEach(({ tap }) => tap.destroy()), LAST_WORD_MS);
  await played.then(() => listen(lines.at(-1), told));
  clearTimeout(timer);
  for (const { tap } of lines) tap.destroy();
  const isOutsideUntouched = (await outsideNow()) === before;
  return { exit, stderr, told, arrived: await snapshot(out), isOutsideUntouched };
}

function stageOf(
  exchange: SenderExchange | RecipientExchange,
  signal: AbortSignal,
  lines: Line[],
  told: string[],
): Pick<Stage, "dial" | "close"> {
  let meeting: Promise<Meeting> | undefined;
  return {
    dial: async () => {
      const before = lines.at(-1);
      await listen(before, told);
      before?.tap.destroy();
      meeting ??= exchange.meet();
      const met = await meeting;
      const tap = new WireTap(await met.dial(signal));
      const line = { tap, peer: new WirePeer(met.session, tap) };
      lines.push(line);
      return line;
    },
    close: (reason) => exchange.close(reason),
  };
}

const heard = new WeakSet<Line>();

/** Reads to the end, as a kernel would, and keeps the codes of errors. */
async function listen(line: Line | undefined, told: string[]): Promise<void> {
  if (line === undefined || heard.has(line)) return;
  heard.add(line);
  for (;;) {
    const message = await line.peer.receive().catch(() => undefined);
    if (message === undefined) return;
    if (message.type === "error") told.push((message.json() as { readonly code: string }).code);
  }
}

/** What a WirePeer throws when the other side is not there any more. */
function isClosed(error: unknown): boolean {
  return error instanceof Error && error.message === "the other side closed";
}
