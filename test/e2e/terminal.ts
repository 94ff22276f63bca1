import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { stripVTControlCharacters } from "node:util";
import { quoteCommand } from "../../src/cli/quote.js";
import { MAIN } from "./duet.js";

/** `script` of util-linux gives a command a terminal; other systems have one that takes other options. */
export const HAS_TERMINAL =
  process.platform === "linux" && spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;

const PATIENCE_MS = 15_000;

/** A `duet` in front of which a person sits: 80 columns, keys are written, the screen is read. */
export class Terminal implements AsyncDisposable {
  readonly #child;
  readonly exited: Promise<number>;
  #screen = "";
  #over = false;
  /** How much of the screen has been waited for. */
  #read = 0;
  #look: () => void = () => {};

  constructor(args: readonly string[], env: NodeJS.ProcessEnv) {
    const command = `stty cols 80 rows 24; exec ${quoteCommand([process.execPath, MAIN, ...args], "linux")}`;
    // Without NO_COLOR, so that what people see is what is tested.
    this.#child = spawn("script", ["-qefc", command, "/dev/null"], {
      env: { PATH: process.env["PATH"], TERM: "xterm", ...env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#screen += text;
      this.#look();
    });
    this.#child.stdin.on("error", () => {});
    this.exited = once(this.#child, "close").then(([code]: (number | null)[]) => {
      this.#over = true;
      this.#look();
      return code ?? 1;
    });
  }

  /** All that was shown, without colours and movements of the cursor. */
  get screen(): string {
    return stripVTControlCharacters(this.#screen);
  }

  /** What was shown, as a terminal gets it. */
  get raw(): string {
    return this.#screen;
  }

  press(keys: string): void {
    this.#child.stdin.write(keys);
  }

  /** Waits until this is shown after what was waited for before. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    return await new Promise<RegExpExecArray>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no ${String(pattern)} within ${PATIENCE_MS} ms:\n${this.screen}`)),
        PATIENCE_MS,
      );
      this.#look = () => {
        const found = pattern.exec(this.screen.slice(this.#read));
        if (found === null && !this.#over) return;
        clearTimeout(timer);
        this.#look = () => {};
        if (found === null) return reject(new Error(`ended without ${String(pattern)}:\n${this.screen}`));
        this.#read += found.index + found[0].length;
        resolve(found);
      };
      this.#look();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) this.#child.kill("SIGKILL");
    await this.exited;
  }
}
