/** The programs that send and receive: the command line, and the peer of each language that has one. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { type Language, LANGUAGES, missing } from "./languages.js";

/** A program with `send PATH --relay URL` and `receive CODE --relay URL --out DIR`. */
export interface Peer {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** What `receive` wants besides, to ask nothing. */
  readonly receive: readonly string[];
}

const BUILD_TIMEOUT_MS = 600_000;
const CACHE = path.resolve(".cache/peers");

const cli: Peer = {
  name: "cli",
  command: process.execPath,
  args: [path.resolve("dist/cli/main.js")],
  receive: ["--yes"],
};

/** Built, since `go run` and `cargo run` have exit codes of their own. */
const BUILDS: Readonly<Record<string, () => Omit<Peer, "name" | "receive">>> = {
  go: () => {
    const program = path.join(CACHE, "duet-peer-go");
    build("go", ["build", "-o", program, "./cmd/duet-peer"], "clients/go");
    return { command: program, args: [] };
  },
  python: () => {
    const python = path.join(CACHE, "python", "bin", "python");
    if (!existsSync(python)) build("python3", ["-m", "venv", path.join(CACHE, "python")], ".");
    build(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "./clients/python"], ".");
    return { command: python, args: ["-m", "duet_relay"] };
  },
  rust: () => {
    build("cargo", ["build", "--quiet", "--locked", "--example", "duet-peer"], "clients/rust");
    return { command: path.resolve("clients/rust/target/debug/examples/duet-peer"), args: [] };
  },
};

/**
 * Builds every peer whose language is installed; says which are left out.
 *
 * @param only their names; all of them without it
 */
export function buildPeers(only: readonly string[] | undefined): readonly Peer[] {
  const isWanted = ({ name }: { readonly name: string }): boolean => only?.includes(name) ?? true;
  const built = LANGUAGES.filter(isWanted)
    .filter(isThere)
    .flatMap(({ name }) => {
      const made = BUILDS[name]?.();
      return made === undefined ? [] : [{ name, receive: [], ...made }];
    });
  return [cli, ...built].filter(isWanted);
}

function isThere(language: Language): boolean {
  const lacking = missing(language);
  if (lacking.length > 0 && language.name in BUILDS)
    console.error(`${language.name}: left out, ${lacking.join(", ")} not installed`);
  return lacking.length === 0;
}

function build(command: string, args: readonly string[], cwd: string): void {
  execFileSync(command, args, { cwd, stdio: ["ignore", "inherit", "inherit"], timeout: BUILD_TIMEOUT_MS });
}
