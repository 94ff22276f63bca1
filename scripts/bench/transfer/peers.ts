import { spawnSync } from "node:child_process";
import path from "node:path";
import { Process, freePort, versionOf } from "../processes.js";
import { type Command, together } from "./commands.js";
import { compileLimit } from "./limit.js";
import { nextCode, type Peer, served, temporaryFolder } from "./peer.js";

/** What the machine can do at all. Only for one file. */
export const limit: Peer = {
  name: "C limit",
  version: compileLimit() === undefined ? undefined : "one thread a side, records of 1 MiB",
  install: "a C compiler (CC, or cc) and the headers of OpenSSL: apt install gcc libssl-dev",
  async start() {
    const program = compileLimit() ?? "";
    const relay = new Process(program, ["relay"]);
    const port = (await relay.line()).replace("port ", "");
    return served([relay], [], [], ({ source, into }) => {
      const target = path.join(into, path.basename(source));
      return together({ line: [program, "send", port, source] }, { line: [program, "receive", port, target] });
    });
  },
};

/** Its mailbox server and its transit relay; `--no-listen`, or both sides would find a direct way. */
export const wormhole: Peer = {
  name: "magic-wormhole",
  version: versionOf("twist", "--version") === undefined ? undefined : versionOf("wormhole", "--version"),
  install:
    "python3 -m venv V && V/bin/pip install magic-wormhole magic-wormhole-mailbox-server magic-wormhole-transit-relay, and V/bin in PATH",
  async start() {
    const [mailbox, transit] = [await freePort(), await freePort()];
    const folder = temporaryFolder();
    const twist = (...args: string[]): Process => new Process("twist", ["--log-file", "/dev/null", ...args]);
    const database = ["--channel-db", path.join(folder, "relay.sqlite")];
    const servers = [
      twist("wormhole-mailbox", "--port", `tcp:${mailbox}:interface=127.0.0.1`, ...database),
      twist("transitrelay", "--port", `tcp:${transit}:interface=127.0.0.1`),
    ];
    const common = [
      "--relay-url",
      `ws://127.0.0.1:${mailbox}/v1`,
      "--transit-helper",
      `tcp:127.0.0.1:${transit}`,
    ] as const;
    const options = ["--no-listen", "--hide-progress"] as const;
    return served(servers, [mailbox, transit], [folder], ({ source, into }) => {
      const code = `${nextCode()}-foo-bar`;
      return together(
        { line: ["wormhole", ...common, "send", ...options, "--code", code, source] },
        { line: ["wormhole", ...common, "receive", ...options, "--accept-file", code], folder: into },
      );
    });
  },
};

/** HTTP from one curl to another, encrypted by age with a key pair that both sides have already. */
export const piping: Peer = {
  name: "piping-server + age",
  version: [
    versionOf("piping-server", "--version"),
    versionOf("age", "--version"),
    versionOf("curl", "--version"),
  ].reduce((all, one) => (all === undefined || one === undefined ? undefined : `${all}, ${one}`)),
  install: "npm install -g piping-server; apt install age curl",
  async start() {
    const port = await freePort();
    const folder = temporaryFolder();
    const keys = path.join(folder, "key");
    spawnSync("age-keygen", ["-o", keys]);
    const recipient = spawnSync("age-keygen", ["-y", keys], { encoding: "utf8" }).stdout.trim();
    const server = new Process("piping-server", ["--host", "127.0.0.1", "--http-port", String(port)]);
    return served([server], [port], [folder], ({ source, into }) => {
      const url = `http://127.0.0.1:${port}/${nextCode()}`;
      return together(
        { line: ["sh", "-c", 'age -r "$1" "$2" | curl -sS -T - "$3"', "sh", recipient, source, url] },
        {
          line: ["sh", "-c", 'curl -sS "$1" | age -d -i "$2"', "sh", url, keys],
          output: path.join(into, path.basename(source)),
        },
      );
    });
  },
};

const CROC = process.env["CROC"];

/** Without `--no-local` it would find a direct way. The benchmark runs where only loopback is: see `alone.ts`. */
export const croc: Peer = {
  name: "croc",
  version: CROC === undefined ? undefined : versionOf(CROC, "--version"),
  install: "build croc 11 and name the binary: CROC=/path/to/croc",
  async start() {
    const program = CROC ?? "";
    const home = temporaryFolder();
    // Its limits are for strangers: 30 rooms a minute for one address.
    const limits = ["--source-join-limit", "100000", "--room-join-limit", "100000"];
    const relay = new Process(program, ["relay", "--host", "127.0.0.1", ...limits]);
    const command = (code: string, into: string, ...args: string[]): Command => ({
      line: [program, "--relay", "127.0.0.1:9009", "--yes", "--overwrite", "--ignore-stdin", ...args],
      environment: { CROC_SECRET: code, HOME: home },
      folder: into,
    });
    return served([relay], [9009, 9010, 9011, 9012, 9013], [home], ({ source, into }) => {
      const code = `${nextCode()}-cactus-lemon-violin`;
      return together(command(code, into, "send", "--no-local", source), command(code, into));
    });
  },
};
