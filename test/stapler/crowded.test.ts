import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Peer, hello } from "./fixtures.js";

const DESCRIPTORS = 60;

/** Whether two peers are spliced. */
async function served(connect: (first: string) => Peer): Promise<boolean> {
  const [sender, recipient] = [connect(hello("sender")), connect(hello("recipient"))] as const;
  try {
    await Promise.all([sender.stapled(), recipient.stapled()]);
    sender.write("alive");
    return String(await recipient.bytes(5)) === "alive";
  } catch {
    return false;
  } finally {
    sender.destroy();
    recipient.destroy();
  }
}

test("a stapler without a free descriptor refuses, stays alive, and serves again when there is one", async () => {
  const script = fileURLToPath(new URL("./crowded-process.ts", import.meta.url));
  const command = `ulimit -n ${DESCRIPTORS} && exec "$0" scripts/run.mjs "$1"`;
  const child = spawn("bash", ["-c", command, process.execPath, script], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  try {
    const { value: port } = (await lines.next()) as { readonly value: string };
    const connect = (first = ""): Peer => new Peer({ port: Number(port), host: "127.0.0.1" }, first);
    const crowd = Array.from({ length: 2 * DESCRIPTORS }, () => connect());
    // Node accepts and closes what it has no descriptor for.
    await Promise.race(crowd.map((peer) => peer.gone()));
    for (const peer of crowd) peer.destroy();
    // The stapler may need a moment to see the crowd off: who comes too early is turned away, and comes again.
    while (!(await served(connect)));
    expect(child.exitCode).toBeNull();
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});
