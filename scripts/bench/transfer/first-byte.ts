import { rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { freePort, listening, Process } from "../processes.js";
import { delayedLine, measuredRoundTripMs } from "./delayed-line.js";
import { MAIN, relayAt } from "./duet.js";
import { temporaryFolder } from "./peer.js";

const ROUND_TRIP_MS = 100;
/** The recipient is ready for the code when it has had this long; with a delay it also connects meanwhile. */
const READY_MS = 1_500;
const CALLED = "127.0.0.2";

/** In units of the delay that the line between either side and the relay has. */
export interface RoundTrips {
  /** To the first byte of the sender that is more than a greeting: the list of what it offers. */
  readonly offer: number;
  /** Until a small file is here. The yes has gone from one side to the other in between, and the file the same way back. */
  readonly content: number;
}

/** From the code being typed, when the sender waits already: what the delay of the line adds. */
export async function roundTrips(source: string): Promise<RoundTrips> {
  const roundTripMs = await measuredRoundTripMs(ROUND_TRIP_MS);
  const [far, near] = [await arrivals(source, ROUND_TRIP_MS), await arrivals(source, 0)];
  return { offer: (far.offer - near.offer) / roundTripMs, content: (far.content - near.content) / roundTripMs };
}

/** @returns milliseconds since the code was typed */
async function arrivals(source: string, roundTripMs: number): Promise<RoundTrips> {
  const [port, staplerPort] = [await freePort(), await freePort()];
  await using _relay = relayAt(port, staplerPort);
  for (const each of [port, staplerPort]) await listening(each);
  // The same ports at another address: the relay names its stapler by the port alone.
  await using _api = await delayedLine({ host: CALLED, port }, { host: "127.0.0.1", port }, roundTripMs);
  await using _pairs = await delayedLine(
    { host: CALLED, port: staplerPort },
    { host: "127.0.0.1", port: staplerPort },
    roundTripMs,
  );
  const relay = ["--json", "--relay", `http://${CALLED}:${port}`];
  await using sender = new Process(process.execPath, [MAIN, "send", source, ...relay]);
  const { code } = await event(sender, "code");
  const inbox = temporaryFolder();
  try {
    await using recipient = new Process(process.execPath, [MAIN, "receive", "--yes", "--out", inbox, ...relay]);
    await delay(READY_MS);
    const typed = performance.now();
    recipient.say(`${String(code)}\n`);
    await event(recipient, "offer");
    const offer = performance.now() - typed;
    while (Number((await event(recipient, "progress"))["bytes"]) === 0);
    return { offer, content: performance.now() - typed };
  } finally {
    rmSync(inbox, { recursive: true });
  }
}

/** The next event of this name that a command prints. */
async function event(command: Process, name: string): Promise<Readonly<Record<string, unknown>>> {
  for (;;) {
    const said = JSON.parse(await command.line()) as Readonly<Record<string, unknown>>;
    if (said["event"] === name) return said;
  }
}
