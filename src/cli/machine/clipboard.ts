import { spawn } from "node:child_process";

/** Programs that take a text from their standard input to the clipboard, so that it is in no list of processes. */
const PROGRAMS: Readonly<Partial<Record<NodeJS.Platform, readonly (readonly [string, ...string[]])[]>>> = {
  darwin: [["pbcopy"]],
  win32: [["clip.exe"]],
  linux: [["wl-copy"], ["xclip", "-selection", "clipboard"], ["xsel", "--clipboard", "--input"]],
};

/** A program that cannot reach its display hangs rather than fails. */
const PATIENCE_MS = 2_000;

/** What copying needs of the world. */
export interface ClipboardOptions {
  readonly platform: NodeJS.Platform;
  readonly environment: NodeJS.ProcessEnv;
  /** Writes to the terminal that the person looks at; undefined where there is none. */
  readonly terminal: ((sequence: string) => void) | undefined;
}

/**
 * Copies a text: by the platform's own program, or else by asking the terminal (OSC 52), which also reaches the person's
 * own machine through ssh.
 *
 * @returns how; undefined when there is no way
 */
export async function copyToClipboard(
  text: string,
  { platform, environment, terminal }: ClipboardOptions,
): Promise<"program" | "terminal" | undefined> {
  // Through ssh the clipboard that is meant is that of the terminal.
  const isRemote = environment["SSH_CONNECTION"] !== undefined;
  if (!isRemote) {
    for (const [program, ...args] of candidates(platform, environment)) {
      if (await pipeInto(program, args, text, environment)) return "program";
    }
  }
  if (terminal === undefined) return undefined;
  terminal(`\u001b]52;c;${Buffer.from(text).toString("base64")}\u0007`);
  return "terminal";
}

function candidates(
  platform: NodeJS.Platform,
  environment: NodeJS.ProcessEnv,
): readonly (readonly [string, ...string[]])[] {
  const programs = PROGRAMS[platform] ?? PROGRAMS.linux ?? [];
  if (platform === "darwin" || platform === "win32") return programs;
  const has = (name: string): boolean => (environment[name] ?? "") !== "";
  return programs.filter(([program]) => (program === "wl-copy" ? has("WAYLAND_DISPLAY") : has("DISPLAY")));
}

function pipeInto(program: string, args: readonly string[], text: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, stdio: ["pipe", "ignore", "ignore"], timeout: PATIENCE_MS });
    child.once("error", () => resolve(false));
    // xclip stays behind to serve the selection, so its standard streams are not waited for.
    child.once("exit", (code) => resolve(code === 0));
    child.stdin.on("error", () => {});
    child.stdin.end(text);
  });
}
