/** The programs that send and receive: the command line, and the peer of each language that has one. */
import path from "node:path";
import process from "node:process";
import { goProgram, type Program, pythonProgram, rustExample } from "./builds.js";
import { type Language, LANGUAGES, missing } from "./languages.js";

/** A program with `send PATH --relay URL` and `receive CODE --relay URL --out DIR`. */
export interface Peer extends Program {
  readonly name: string;
  /** What `receive` wants besides, to ask nothing. */
  readonly receive: readonly string[];
}

const cli: Peer = {
  name: "cli",
  command: process.execPath,
  args: [path.resolve("dist/cli/main.js")],
  receive: ["--yes"],
};

const BUILDS: Readonly<Record<string, () => Program>> = {
  go: () => goProgram("duet-peer", "./cmd/duet-peer"),
  python: () => pythonProgram("-m", "duet_relay"),
  rust: () => rustExample("duet-peer"),
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
