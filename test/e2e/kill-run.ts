import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Duet, type Ended, type Event } from "./duet.js";
import { makeTree, TREE, TREE_BYTES, Watch } from "./kill-tree.js";
import { seeded } from "../helpers/seeded.js";

const VICTIMS = ["sender", "recipient", "relay", "stapler"] as const;
export type Victim = (typeof VICTIMS)[number];

/** One run: a transfer of a mixed tree in which processes are killed, and what came of it. */
export interface KillRun {
  readonly seed: number;
  /** Who was killed, and how many bytes had arrived then. */
  readonly kills: readonly { readonly victim: Victim; readonly bytes: number }[];
  /** What was wrong; nothing in a good run. */
  readonly faults: readonly string[];
  /** What the two sides exited with in the end. */
  readonly codes: readonly (Ended["code"] | undefined)[];
  /** Bytes that a recipient found there. */
  readonly resumed: number;
}

const KILLS_MAX = 3;
/** Slow enough that a kill comes in the middle: some two seconds for the tree. */
const RATE = "8M";
const WAIT_SECONDS = "30";
const LOOK_MS = 15;
/** A run that takes longer is stuck. */
const LIMIT_MS = 120_000;

/**
 * Kills senders, recipients, relays and staplers by SIGKILL at random byte counts, and starts the same command again: of a
 * sender or recipient the one that it had printed. Looks at the folder that receives all the time.
 */
export async function killRun(seed: number): Promise<KillRun> {
  const path = await mkdtemp(join(tmpdir(), "duet-kills-"));
  await using stage = new Stage(path, seed);
  try {
    return await stage.play();
  } finally {
    await stage[Symbol.asyncDispose]();
    await rm(path, { recursive: true, force: true });
  }
}

class Stage implements AsyncDisposable {
  readonly #path: string;
  readonly #seed: number;
  readonly #random: () => number;
  readonly #watch: Watch;
  readonly #faults = new Set<string>();
  readonly #kills: { readonly victim: Victim; readonly bytes: number }[] = [];
  readonly #processes = new Map<Victim, Duet>();
  readonly #all: Duet[] = [];
  /** What goes on with a side: as it was printed last. */
  readonly #commands = new Map<Victim, string>();
  #ports: readonly number[] = [];
  #code = "";
  /** A recipient that was killed had said that all is done. */
  #hasToldTheEnd = false;

  constructor(path: string, seed: number) {
    this.#path = path;
    this.#seed = seed;
    this.#random = seeded(seed);
    this.#watch = new Watch(join(path, "from"), join(path, "to"));
  }

  async play(): Promise<KillRun> {
    for (const name of ["from", "to"]) await mkdir(join(this.#path, name));
    await makeTree(join(this.#path, "from"), join(this.#path, "to"), this.#random);
    this.#ports = await freePorts(3);
    await this.#startServices();
    const plan = this.#plan();
    this.#start("sender");
    const { code } = await this.#of("sender").code();
    this.#code = code;
    this.#start("recipient");
    const deadline = performance.now() + LIMIT_MS;
    for (;;) {
      for (const fault of await this.#watch.faults()) this.#faults.add(fault);
      const next = plan[0];
      const bytes = this.#arrived();
      if (next !== undefined && bytes >= next.bytes) {
        plan.shift();
        await this.#kill(next.victim, bytes);
      }
      if (this.#isOver()) break;
      if (performance.now() > deadline) {
        this.#faults.add("stuck");
        break;
      }
      await sleep(LOOK_MS);
    }
    return await this.#result();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((duet) => duet[Symbol.asyncDispose]()));
  }

  #plan(): { readonly victim: Victim; readonly bytes: number }[] {
    const count = 1 + Math.floor(this.#random() * KILLS_MAX);
    const victims = Array.from(
      { length: count },
      () => VICTIMS[Math.floor(this.#random() * VICTIMS.length)] ?? "sender",
    );
    return victims
      .map((victim) => ({ victim, bytes: Math.floor(this.#random() * TREE_BYTES * 1.02) }))
      .sort((a, b) => a.bytes - b.bytes);
  }

  async #startServices(): Promise<void> {
    for (const victim of ["relay", "stapler"] as const) {
      this.#start(victim);
      await this.#of(victim).event("listening");
    }
  }

  #start(victim: Victim, command?: string): void {
    const duet = new Duet(...this.#commandOf(victim, command));
    this.#processes.set(victim, duet);
    this.#all.push(duet);
  }

  /** @param command as it was printed */
  #commandOf(victim: Victim, command: string | undefined): ConstructorParameters<typeof Duet> {
    const [port, embedded, stapler] = this.#ports.map(String);
    const relay = `http://127.0.0.1:${port}`;
    const env: NodeJS.ProcessEnv = {
      HOME: this.#path,
      DUET_STATE_DIR: join(this.#path, "state"),
      DUET_STAPLER_SECRET: "of this test",
    };
    const options = { env, cwd: join(this.#path, "from") };
    if (command !== undefined) {
      const [assignment = "", , ...words] = command.split(" ");
      return [words, { ...options, env: { ...env, DUET_CODE: assignment.replace("DUET_CODE=", "") } }];
    }
    switch (victim) {
      case "relay":
        return [
          ["relay", "--port", port ?? "", "--stapler-port", embedded ?? "", "--rate-limit", "off", "--json"],
          options,
        ];
      case "stapler":
        return [["stapler", "--relay-internal", relay, "--port", stapler ?? "", "--json"], options];
      case "sender":
        return [
          ["send", TREE, "--relay", relay, "--limit-rate", RATE, "--wait-for-peer", WAIT_SECONDS, "--json"],
          options,
        ];
      case "recipient":
        return [
          [
            "receive",
            "--relay",
            relay,
            "--out",
            "../to",
            "--overwrite",
            "--yes",
            "--wait-for-peer",
            WAIT_SECONDS,
            "--json",
          ],
          { ...options, env: { ...env, DUET_CODE: this.#code } },
        ];
    }
  }

  #of(victim: Victim): Duet {
    const duet = this.#processes.get(victim);
    if (duet === undefined) throw new Error(`${victim} was not started`);
    return duet;
  }

  /** How far the latest recipient says that it is. */
  #arrived(): number {
    return this.#processes.has("recipient") ? Number(latest(this.#of("recipient"), "progress")?.["bytes"] ?? 0) : 0;
  }

  async #kill(victim: Victim, bytes: number): Promise<void> {
    const duet = this.#of(victim);
    // Who has ended well is not started again: the other side could not be there.
    if (duet.exitCode !== undefined) return;
    duet.child.kill("SIGKILL");
    await duet.ended;
    this.#kills.push({ victim, bytes });
    if (victim === "recipient" && latest(duet, "done") !== undefined) this.#hasToldTheEnd = true;
    for (const fault of await this.#watch.faults()) this.#faults.add(fault);
    await sleep(this.#random() * 300);
    const printed = latest(duet, victim === "sender" ? "code" : "resumable");
    const command = printed?.[victim === "sender" ? "resume" : "command"];
    // One that was killed before it had printed anything was started by what was printed before.
    if (typeof command === "string") this.#commands.set(victim, command);
    this.#start(victim, this.#commands.get(victim));
    if (victim === "relay" || victim === "stapler") await this.#of(victim).event("listening");
  }

  #isOver(): boolean {
    return this.#of("sender").exitCode !== undefined && this.#of("recipient").exitCode !== undefined;
  }

  async #result(): Promise<KillRun> {
    const codes = (["sender", "recipient"] as const).map((victim) => this.#of(victim).exitCode);
    for (const fault of await this.#watch.difference()) this.#faults.add(fault);
    // A confirmation that was lost with the sender or the stapler: the recipient has all of it, and has told nobody that still lives.
    const mayMissTheAck = this.#kills.some(({ victim }) => victim === "sender" || victim === "stapler");
    const [sender, recipient] = codes;
    const isSenderGood = sender === 0 || (mayMissTheAck && (sender === 4 || sender === 6));
    // Killed when it had ended but for its exit code: nothing is remembered any more, and the channel is closed as done.
    const isRecipientGood = recipient === 0 || (recipient === 4 && this.#hasToldTheEnd);
    const isGood = isSenderGood && isRecipientGood;
    if (!isGood)
      this.#faults.add(`exit codes ${codes.join(", ")}\n${this.#all.map(({ stderr }) => stderr).join("\n---\n")}`);
    let resumed = 0;
    for (const duet of this.#all)
      for (const event of duet.events) if (event["event"] === "resumed") resumed += Number(event["bytes"]);
    return { seed: this.#seed, kills: this.#kills, faults: [...this.#faults], codes, resumed };
  }
}

function latest(duet: Duet, name: string): Event | undefined {
  return duet.events.findLast(({ event }) => event === name);
}

/** Ports that were free a moment ago: a restarted relay must find its own again. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  return await Promise.all(
    servers.map(async (server) => {
      const address = server.address();
      await new Promise((resolve) => server.close(resolve));
      if (typeof address !== "object" || address === null) throw new Error("no port");
      return address.port;
    }),
  );
}
