import path from "node:path";
import { Process, freePort } from "../processes.js";
import { type Command, type Spent, together } from "./commands.js";
import { nextCode, type Peer, served, temporaryFolder } from "./peer.js";

export const MAIN = path.resolve("dist/cli/main.js");

export const duet: Peer = {
  name: "duet",
  version: `on Node ${process.version}`,
  install: "npm run build",
  async start() {
    const state = temporaryFolder();
    const [port, staplerPort] = [await freePort(), await freePort()];
    return served([relayAt(port, staplerPort)], [port, staplerPort], [state], ({ source, into }) => {
      const code = newCode();
      return together(
        duetCommand(port, state, "send", source, "--code", code),
        duetCommand(port, state, "receive", code, "--yes", "--out", into),
      );
    });
  },
};

/** What a stream of unknown length takes, from a pipe to nowhere. */
export async function streamed(gigabytes: number): Promise<Spent> {
  const state = temporaryFolder();
  const [port, staplerPort] = [await freePort(), await freePort()];
  const transfer = (): Promise<Spent> => {
    const code = newCode();
    const sender = duetCommand(port, state, "send", "-", "--code", code);
    // The shell makes the pipe and becomes the command: its memory is what is looked at.
    const piped = `exec "$@" < <(head -c ${gigabytes}G /dev/zero)`;
    return together(
      { ...sender, line: ["bash", "-c", piped, "bash", ...sender.line] },
      { ...duetCommand(port, state, "receive", code, "--yes", "--out", "-"), output: "/dev/null" },
    );
  };
  await using relay = await served([relayAt(port, staplerPort)], [port, staplerPort], [state], transfer);
  return await relay.transfer({ source: "", into: "" });
}

/** Its limit of requests is for strangers. */
export function relayAt(port: number, staplerPort: number): Process {
  const ports = ["--port", String(port), "--stapler-port", String(staplerPort)];
  return new Process(process.execPath, [MAIN, "relay", ...ports, "--rate-limit", "off", "--json"]);
}

function duetCommand(port: number, state: string, ...args: readonly string[]): Command {
  return {
    line: [process.execPath, MAIN, ...args, "--relay", `http://127.0.0.1:${port}`],
    environment: { DUET_STATE_DIR: state },
  };
}

function newCode(): string {
  return `${nextCode()}-cactus-lemon-violin`;
}
