import { spawn } from "node:child_process";
import path from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import type { Peer } from "./peers.js";

export interface Ended {
  /** The exit code; the name of the signal that ended it instead. */
  readonly exit: number | NodeJS.Signals;
  readonly stderr: string;
}

export interface PeerProcess extends AsyncDisposable {
  /** The first line of standard output; empty when there was none. */
  readonly firstLine: Promise<string>;
  readonly ended: Promise<Ended>;
}

/** Starts the program of a peer, which is killed when it takes longer than `timeoutMs` or goes out of scope. */
export function start(peer: Peer, args: readonly string[], folder: string, timeoutMs: number): PeerProcess {
  const child = spawn(peer.command, [...peer.args, ...args, ...(peer.name === "cli" ? ["--json"] : [])], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DUET_STATE_DIR: path.join(folder, "state") },
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (stderr += text));
  const firstLine = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout })
      .once("line", resolve)
      .once("close", () => resolve(""));
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject).once("close", (code, signal) => resolve({ exit: code ?? signal ?? -1, stderr }));
  });
  return {
    firstLine,
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
