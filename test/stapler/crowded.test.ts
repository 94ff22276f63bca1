import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { Peer, hello } from "./fixtures.js";

const DESCRIPTORS = 60;

test("a stapler without a free descriptor refuses, stays alive, and serves again when there is one", async () => {
  const command = `ulimit -n ${DESCRIPTORS} && exec "$0" scripts/run.mjs test/stapler/crowded-process.ts`;
  const child = spawn("bash", ["-c", command, process.execPath], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  try {
    const { value: port } = (await lines.next()) as { readonly value: string };
    const connect = (first = ""): Peer => new Peer({ port: Number(port), host: "127.0.0.1" }, first);
    const crowd = Array.from({ length: 2 * DESCRIPTORS }, () => connect());
    // Node accepts and closes what it has no descriptor for.
    await Promise.race(crowd.map((peer) => peer.gone()));
    for (const peer of crowd) peer.destroy();
    // The crowd may take the stapler a moment to see off: who comes too early is turned away and comes again.
    for (;;) {
      const pair = [connect(hello("sender")), connect(hello("recipient"))] as const;
      const [first] = await Promise.all(
        pair.map((peer) =>
          peer.stapled().then(
            () => true,
            () => false,
          ),
        ),
      );
      pair[0].write("alive");
      if (first === true) expect(String(await pair[1].bytes(5))).toBe("alive");
      for (const peer of pair) peer.destroy();
      if (first === true) break;
    }
    expect(child.exitCode).toBeNull();
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});
