import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readEvents } from "../cli/event-schema.js";

/** From the working directory, as for tests and scripts alike: a script's bundle is elsewhere. */
export const MAIN = resolve("dist/cli/main.js");

/** Nothing here takes this long, also on a busy machine; a test that waits longer has found a fault. */
const PATIENCE_MS = 15_000;

export type Event = Readonly<Record<string, unknown>>;

export interface Ended {
  /** The exit code, or the name of the signal that ended it. */
  readonly code: number | NodeJS.Signals;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** What it reads, or the descriptor of a file that it gets; nothing without it. */
  readonly input?: string | Buffer | number;
  /** Its standard input stays open, for the test to write to. */
  readonly isFed?: true;
}

/** A running `duet`, as its own process. Ended when the test ends. */
export class Duet implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = Buffer.alloc(0);
  #stderr = "";
  #over = false;
  readonly #watchers = new Set<() => void>();

  constructor(args: readonly string[], { env = {}, cwd = tmpdir(), input, isFed }: StartOptions = {}) {
    const isPiped = input !== undefined || isFed === true;
    this.child = spawn(process.execPath, [MAIN, ...args], {
      cwd,
      env: { ...cleanEnvironment(), ...env },
      stdio: [typeof input === "number" ? input : isPiped ? "pipe" : "ignore", "pipe", "pipe"],
    });
    if (typeof input !== "number" && input !== undefined) this.child.stdin?.end(input);
    this.child.stdin?.on("error", () => {});
    this.child.stdout?.on("data", (chunk: Buffer) => {
      this.#stdout = Buffer.concat([this.#stdout, chunk]);
      this.#changed();
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
      this.#changed();
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("close", (code, signal) => {
        this.#over = true;
        resolve({ code: code ?? signal ?? "SIGKILL", stdout: this.#stdout, stderr: this.#stderr });
        this.#changed();
      });
    });
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** What it exited with; undefined while it runs. */
  get exitCode(): Ended["code"] | undefined {
    return this.#over ? (this.child.exitCode ?? this.child.signalCode ?? undefined) : undefined;
  }

  /** All events so far; each is held against the schema. */
  get events(): readonly Event[] {
    const text = this.#stdout.toString();
    return readEvents(text.slice(0, text.lastIndexOf("\n") + 1));
  }

  /** The first event of that name that is as wanted. Fails when the command ends without it. */
  async event(name: string, isWanted: (event: Event) => boolean = () => true): Promise<Event> {
    return await this.#until(`event ${name}`, () =>
      this.events.find((each) => each["event"] === name && isWanted(each)),
    );
  }

  /** What a line on standard error says. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    return await this.#until(String(pattern), () => pattern.exec(this.#stderr) ?? undefined);
  }

  /** Waits until standard output is this and no more. */
  async hasWritten(text: string): Promise<void> {
    await this.#until(JSON.stringify(text), () => this.#stdout.toString() === text || undefined);
  }

  /** The code and the relay of a sender with `--json`. */
  async code(): Promise<{ readonly code: string; readonly relay: string }> {
    const { code, relay } = await this.event("code");
    return { code: String(code), relay: String(relay) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) this.child.kill("SIGKILL");
    await this.ended;
  }

  async #until<T>(what: string, find: () => T | undefined): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const look = (): void => {
        const found = find();
        if (found === undefined && !this.#over) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        if (found === undefined)
          reject(new Error(`ended without ${what}:\n${this.#stdout.toString()}\n${this.#stderr}`));
        else resolve(found);
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`no ${what} within ${PATIENCE_MS} ms:\n${this.#stdout.toString()}\n${this.#stderr}`));
      }, PATIENCE_MS);
      this.#watchers.add(look);
      look();
    });
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

/** The environment of the test without what would change the commands under test. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:DUET_|NODE_|VITEST|FORCE_COLOR|NO_COLOR)/.test(name),
  );
  return Object.fromEntries(kept);
}

/** A fresh folder, removed at the end. Its `state` keeps what commands remember. */
export async function scratch(): Promise<{ readonly path: string; readonly env: NodeJS.ProcessEnv } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "duet-e2e-"));
  return {
    path,
    env: { HOME: path, DUET_STATE_DIR: join(path, "state") },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
