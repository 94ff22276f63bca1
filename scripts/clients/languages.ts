import { spawnSync } from "node:child_process";
import { type Counts, ofCargo, ofGo, ofMaven, ofNode, ofPytest } from "./counts.js";

/** A client, and what its tests need. */
export interface Language {
  readonly name: string;
  readonly folder: string;
  /** Commands that must be there, each with the argument that makes it say its version. */
  readonly needs: readonly (readonly [command: string, version: string])[];
  /** What makes its runner say how many tests there were. */
  readonly env?: Readonly<Record<string, string>>;
  count(output: string): Counts;
}

export const LANGUAGES: readonly Language[] = [
  { name: "typescript", folder: "clients/typescript", needs: [], count: ofNode },
  { name: "python", folder: "clients/python", needs: [["python3", "--version"]], count: ofPytest },
  {
    name: "go",
    folder: "clients/go",
    needs: [["go", "version"]],
    env: { GOFLAGS: "-v" },
    count: ofGo,
  },
  { name: "rust", folder: "clients/rust", needs: [["cargo", "--version"]], count: ofCargo },
  {
    name: "java",
    folder: "clients/java",
    needs: [
      ["javac", "-version"],
      ["mvn", "--version"],
    ],
    count: ofMaven,
  },
];

/** @returns the commands that a language lacks here */
export function missing({ needs }: Language): readonly string[] {
  return needs
    .filter(([command, version]) => spawnSync(command, [version], { stdio: "ignore" }).status !== 0)
    .map(([command]) => command);
}

/**
 * The one command of a README's section `## Test`: the only line of its first code block.
 *
 * @throws when there is no such section, or more than a line in it
 */
export function testCommand(readme: string): string {
  const [, section = ""] = /^## Test\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(readme) ?? [];
  const [, block = ""] = /^```\w*\n([\s\S]*?)^```$/m.exec(section) ?? [];
  const lines = block.split("\n").filter((line) => line.trim() !== "");
  const [command] = lines;
  if (command === undefined || lines.length > 1)
    throw new Error("the README needs a section ## Test with a code block of exactly one line");
  return command;
}
