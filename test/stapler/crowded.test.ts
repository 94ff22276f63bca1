import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Peer, hello } from "./fixtures.js";

interface Crowded extends AsyncDisposable {
  readonly child: ChildProcess;
  connect(first?: string): Peer;
  /** Two peers that are spliced. */
  pair(channel: string): Promise<[sender: Peer, recipient: Peer]>;
}

/** A stapler in a process that may open only so many files. */
async function crowded(descriptors: number, ...args: readonly string[]): Promise<Crowded> {
  const script = fileURLToPath(new URL("./crowded-process.ts", import.meta.url));
  const command = `ulimit -n ${descriptors} && exec "$0" scripts/run.mjs "$@"`;
  const child = spawn("bash", ["-c", command, process.execPath, script, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value: port } = (await lines.next()) as { readonly value: string };
  const peers: Peer[] = [];
  const connect = (first = ""): Peer => {
    const peer = new Peer({ port: Number(port), host: "127.0.0.1" }, first);
    peers.push(peer);
    return peer;
  };
  const pair = async (channel: string): Promise<[Peer, Peer]> => {
    const two: [Peer, Peer] = [connect(hello("sender", channel)), connect(hello("recipient", channel))];
    await Promise.all(two.map((peer) => peer.stapled()));
    return two;
  };
  const stop = async (): Promise<void> => {
    for (const peer of peers) peer.destroy();
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { child, connect, pair, [Symbol.asyncDispose]: stop };
}

/** Both ways, more than any buffer on the way takes at once. */
async function goesOn([sender, recipient]: [Peer, Peer]): Promise<void> {
  const text = "still here".repeat(100_000);
  const [there, back] = [recipient.bytes(text.length), sender.bytes(text.length)];
  sender.write(text);
  recipient.write(text);
  expect([String(await there) === text, String(await back) === text]).toEqual([true, true]);
}

/**
 * Whether two peers are spliced.
 *
 * @param channel another each time: of an earlier pair one side may have been let in, and would meet the new one
 */
async function served(here: Crowded, channel: string): Promise<boolean> {
  try {
    for (const peer of await here.pair(channel)) peer.destroy();
    return true;
  } catch {
    return false;
  }
}

test("a stapler without a free descriptor refuses, stays alive, and serves again when there is one; a pair goes on", async () => {
  const descriptors = 60;
  await using here = await crowded(descriptors, "careless");
  const pair = await here.pair("early");
  const crowd = Array.from({ length: 2 * descriptors }, () => here.connect());
  // Node accepts and closes what it has no descriptor for.
  await Promise.race(crowd.map((peer) => peer.gone()));
  await goesOn(pair);
  for (const peer of crowd) peer.destroy();
  // The stapler may need a moment to see the crowd off: who comes too early is turned away, and comes again.
  for (let attempt = 0; !(await served(here, `later-${attempt}`)); attempt += 1);
  await goesOn(pair);
  expect(here.child.exitCode).toBeNull();
});

test("a stapler near its limit of open files says busy, stays alive, and lets its pairs go on", async () => {
  // 128 are kept free, so 32 connections are let in.
  await using here = await crowded(160);
  const pair = await here.pair("early");
  const waiting = Array.from({ length: 30 }, (_, index) => here.connect(hello("sender", `c${index}`)));
  for (const peer of waiting) expect(await peer.line()).toBe("waiting");
  const late = Array.from({ length: 20 }, () => here.connect(hello("sender", "late")));
  for (const peer of late) expect(await peer.line()).toMatch(/^error busy /);
  await goesOn(pair);
  for (const peer of waiting) peer.destroy();
  for (let attempt = 0; !(await served(here, `later-${attempt}`)); attempt += 1);
  await goesOn(pair);
  expect(here.child.exitCode).toBeNull();
});
