import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/command-line/command-specs.js";
import { environmentName, type OptionSpec, SECRET_VARIABLES } from "../../src/cli/command-line/options.js";
import { PROBLEMS } from "../../src/protocol/problem.js";

const page = readFileSync(new URL("../../docs/CLI.md", import.meta.url), "utf8");

const cell = (text: string): string => text.replaceAll("|", String.raw`\|`);

/** The rows of an option: one for all commands that have it in the same words, more where they differ. */
function optionRows(): string[] {
  const rows = new Map<string, string[]>();
  for (const [command, { options }] of Object.entries(COMMANDS)) {
    for (const spec of Object.values<OptionSpec<unknown>>(options)) {
      const help = spec.choices === undefined ? spec.help : `${spec.help} (${spec.choices.join(", ")})`;
      const row = `| \`${cell(spec.flags)}\` | \`${environmentName(spec)}\` | ${spec.shown ?? ""} | @ | ${cell(help)} |`;
      rows.set(row, [...(rows.get(row) ?? []), command]);
    }
  }
  return [...rows].map(([row, commands]) => row.replace("@", commands.join(", ")));
}

describe("docs/CLI.md", () => {
  test("has one row for every option, as the code has it, and no other", () => {
    const documented = page.split("\n").filter((line) => line.startsWith("| `--"));
    expect(documented).toEqual(optionRows().toSorted());
  });

  test("names every variable that only the environment has", () => {
    for (const name of [...Object.keys(SECRET_VARIABLES), "DUET_STATE_DIR", "NO_COLOR"])
      expect(page).toContain(`\`${name}\``);
  });

  test("names every exit code", () => {
    for (const { exit } of Object.values(PROBLEMS)) expect(page).toMatch(new RegExp(`^\\| ${exit} \\| \\w`, "m"));
  });

  test("names every event of --json, as the schema does", () => {
    const schema = JSON.parse(readFileSync(new URL("../../docs/events.schema.json", import.meta.url), "utf8")) as {
      oneOf: { $ref: string }[];
    };
    for (const { $ref } of schema.oneOf) expect(page).toContain(`\`${$ref.replace("#/$defs/", "")}\``);
  });
});
