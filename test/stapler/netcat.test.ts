import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { hello, testStapler } from "./fixtures.js";

/** Two ways to be a peer without any code of ours. */
const TOOLS = [
  {
    name: "nc",
    there: spawnSync("nc", ["-h"]).error === undefined,
    run: (port: number) => spawn("nc", ["127.0.0.1", String(port)]),
  },
  {
    name: "bash and /dev/tcp",
    there: spawnSync("bash", ["-c", "exec 3<>/dev/tcp/127.0.0.1/1"]).error === undefined,
    run: (port: number) => spawn("bash", ["-c", `exec 3<>/dev/tcp/127.0.0.1/${port}; cat <&3 & cat >&3; wait`]),
  },
];

/** Until the tool has printed this, and nothing else. */
async function prints(tool: ChildProcess, text: string | Buffer): Promise<void> {
  const expected = Buffer.from(text);
  let seen = Buffer.alloc(0);
  while (seen.length < expected.length) {
    const part = tool.stdout!.read() as Buffer | null;
    if (part === null) await once(tool.stdout!, "readable");
    else seen = Buffer.concat([seen, part]);
  }
  expect(seen.equals(expected)).toBe(true);
}

describe.each(TOOLS)("$name", ({ there, name, run }) => {
  test.skipIf(!there)(`can be either peer${there ? "" : `: skipped, there is no ${name} here`}`, async () => {
    await using here = await testStapler();
    const tools = [run(here.stapler.port), run(here.stapler.port)] as const;
    try {
      const [sender, recipient] = tools;
      sender.stdin.write(hello("sender"));
      await prints(sender, "waiting\n");
      recipient.stdin.write(hello("recipient").replace("\n", "\r\n"));
      await Promise.all([prints(sender, "stapled\n"), prints(recipient, "stapled\n")]);
      const bytes = randomBytes(300_000);
      sender.stdin.write(bytes);
      await prints(recipient, bytes);
      recipient.stdin.write("thank you\n");
      await prints(sender, "thank you\n");
    } finally {
      for (const tool of tools) tool.kill("SIGKILL");
    }
  });
});
