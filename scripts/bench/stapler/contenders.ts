import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Process, freePort, listening, versionOf } from "../processes.js";

/** What stands between the two drivers. */
export interface Contender {
  readonly name: string;
  /** Its version, or undefined when it is not installed. */
  readonly version: string | undefined;
  /** `meets`: both drivers connect to it. `forwards`: it connects on to the sink, which listens. `nothing`: no relay. */
  readonly kind: "meets" | "forwards" | "nothing";
  /** Also measured with many pairs. */
  readonly many?: true;
  /** @param target the port of the sink, for one that forwards */
  start(target: number): Promise<Running>;
}

/** A started contender. */
export interface Running extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

export const direct: Contender = {
  name: "direct",
  version: "-",
  kind: "nothing",
  start: async (target) => ({ port: target, pid: 0, [Symbol.asyncDispose]: async () => {} }),
};

export function stapler(implementation: "auto" | "public"): Contender {
  return {
    name: implementation === "auto" ? "stapler" : "stapler (public API)",
    version: process.version,
    kind: "meets",
    ...(implementation === "auto" ? { many: true } : {}),
    async start() {
      const args = ["scripts/run.mjs", "scripts/bench/main.ts", "--serve", implementation];
      const child = new Process(process.execPath, args);
      const port = Number((await child.line()).replace("port ", ""));
      return { port, pid: child.pid, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
    },
  };
}

/** One thread, as the stapler has one; the sizes are its defaults, `splice` is off as by default. */
export const haproxy: Contender = {
  name: "HAProxy",
  version: versionOf("haproxy", "-v"),
  kind: "forwards",
  many: true,
  async start(target) {
    const folder = mkdtempSync(path.join(os.tmpdir(), "duet-bench-"));
    const file = path.join(folder, "haproxy.cfg");
    const port = await freePort();
    const config = [
      "global",
      "  nbthread 1",
      "  maxconn 8000",
      "defaults",
      "  mode tcp",
      "  timeout connect 5s",
      "  timeout client 1h",
      "  timeout server 1h",
      "listen bench",
      `  bind 127.0.0.1:${port} backlog 4096`,
      `  server sink 127.0.0.1:${target}`,
      "",
    ];
    writeFileSync(file, config.join("\n"));
    return forwarder("haproxy", ["-q", "-db", "-f", file], port, () => rmSync(folder, { recursive: true }));
  },
};

export const socat: Contender = {
  name: "socat",
  version: versionOf("socat", "-V"),
  kind: "forwards",
  async start(target) {
    const port = await freePort();
    const listen = `TCP-LISTEN:${port},bind=127.0.0.1,reuseaddr,fork`;
    return forwarder("socat", ["-lf", "/dev/null", "-b", "1048576", listen, `TCP:127.0.0.1:${target}`], port, () => {});
  },
};

async function forwarder(command: string, args: readonly string[], port: number, clean: () => void): Promise<Running> {
  const child = new Process(command, args);
  try {
    await listening(port);
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
  const stop = async (): Promise<void> => {
    await child[Symbol.asyncDispose]();
    clean();
  };
  return { port, pid: child.pid, [Symbol.asyncDispose]: stop };
}
