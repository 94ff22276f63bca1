import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Process, freePort, listening, versionOf } from "../processes.js";

/** Nothing, hello lines, or those of the wormhole transit relay: see wire.h. */
export type Dialect = "-" | "duet" | "transit";

/** What stands between the two drivers. */
export interface Contender {
  readonly name: string;
  /** Its version, or undefined when it is not installed. */
  readonly version: string | undefined;
  /** `meets`: both drivers connect to it. `forwards`: it connects on to the sink, which listens. `nothing`: no relay. */
  readonly kind: "meets" | "forwards" | "nothing";
  /** What connections have to say first. */
  readonly dialect: Dialect;
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
  dialect: "-",
  start: async (target) => ({ port: target, pid: 0, [Symbol.asyncDispose]: async () => {} }),
};

const NAMES = { auto: "stapler", public: "stapler (public API)", relay: "relay and stapler" } as const;

/** @param served see serve.ts */
export function stapler(served: keyof typeof NAMES): Contender {
  return {
    name: NAMES[served],
    version: process.version,
    kind: "meets",
    dialect: "duet",
    async start() {
      const args = ["scripts/run.mjs", "scripts/bench/stapler/serve.ts", served];
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
  dialect: "-",
  async start(target) {
    const folder = mkdtempSync(path.join(os.tmpdir(), "duet-bench-"));
    const file = path.join(folder, "haproxy.cfg");
    const port = await freePort();
    const config = [
      "global",
      "  nbthread 1",
      "  maxconn 9000",
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
    return started("haproxy", ["-q", "-db", "-f", file], port, () => rmSync(folder, { recursive: true }));
  },
};

export const socat: Contender = {
  name: "socat",
  version: versionOf("socat", "-V"),
  kind: "forwards",
  dialect: "-",
  async start(target) {
    const port = await freePort();
    const listen = `TCP-LISTEN:${port},bind=127.0.0.1,reuseaddr,fork`;
    return started("socat", ["-lf", "/dev/null", "-b", "1048576", listen, `TCP:127.0.0.1:${target}`], port, () => {});
  },
};

/** Python on Twisted; Debian's package, or `twist3` of any environment with `magic-wormhole-transit-relay`. */
export const transitRelay: Contender = {
  name: "wormhole transit relay",
  version: transitVersion(),
  kind: "meets",
  dialect: "transit",
  async start() {
    const port = await freePort();
    const args = ["--log-level=warn", "transitrelay", `--port=tcp:${port}:interface=127.0.0.1:backlog=4096`];
    return started("twist3", args, port, () => {});
  },
};

/** The plugin knows no version of its own: it is asked for by its help, and Twisted names its own. */
function transitVersion(): string | undefined {
  const { status } = spawnSync("twist3", ["transitrelay", "--help"], { stdio: "ignore" });
  return status === 0 ? `Twisted ${versionOf("twist3", "--version") ?? ""}`.trim() : undefined;
}

/** Twisted takes a second to start, and more beside other work. */
const START_MS = 30_000;

async function started(command: string, args: readonly string[], port: number, clean: () => void): Promise<Running> {
  const child = new Process(command, args);
  try {
    await listening(port, START_MS);
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
