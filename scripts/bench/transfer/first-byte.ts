import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { freePort, listening, Process } from "../processes.js";
import { delayedLine } from "./delayed-line.js";
import { MAIN, relayAt } from "./duet.js";

const ROUND_TRIP_MS = 100;
/** The recipient is ready for the code when it has had this long; with a delay it also connects meanwhile. */
const READY_MS = 1_500;
const CALLED = "127.0.0.2";

/**
 * Round trips from the code being typed to the first byte of content at the recipient, when the sender waits already:
 * what the delay of the line adds, in units of that delay.
 */
export async function roundTrips(source: string): Promise<number> {
  return ((await firstByteMs(source, ROUND_TRIP_MS)) - (await firstByteMs(source, 0))) / ROUND_TRIP_MS;
}

async function firstByteMs(source: string, roundTripMs: number): Promise<number> {
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
  const relay = ["--relay", `http://${CALLED}:${port}`];
  await using sender = new Process(process.execPath, [MAIN, "send", source, "--json", ...relay]);
  const { code } = JSON.parse(await sender.line()) as { readonly code: string };
  const recipient = spawn(process.execPath, [MAIN, "receive", "--yes", "--out", "-", ...relay], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  try {
    await delay(READY_MS);
    const typed = performance.now();
    recipient.stdin.write(`${code}\n`);
    await once(recipient.stdout, "data");
    return performance.now() - typed;
  } finally {
    recipient.kill("SIGKILL");
  }
}
