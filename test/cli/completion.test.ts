import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/command-line/command-specs.js";
import { completionScript } from "../../src/cli/commands/completion.js";
import { longName } from "../../src/cli/command-line/options.js";

const runs = (program: string): boolean => spawnSync(program, ["--version"]).status === 0;

/** What bash offers for a command line whose last word is being typed. */
function bashOffers(...words: readonly string[]): string[] {
  const line = words.map((word) => `'${word}'`).join(" ");
  const script = `${completionScript("bash")}
COMP_WORDS=(duet ${line}); COMP_CWORD=${words.length}; _duet; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", script], { cwd: new URL("../..", import.meta.url) })
    .toString()
    .trim()
    .split("\n");
}

describe.skipIf(!runs("bash"))("bash", () => {
  test("offers the commands first", () => {
    expect(bashOffers("se")).toEqual(["send"]);
    expect(bashOffers("")).toEqual(expect.arrayContaining([...Object.keys(COMMANDS), "--version"]));
  });

  test.each(Object.entries(COMMANDS))("offers every option of %s", (name, { options }) => {
    expect(bashOffers(name, "--")).toEqual([...Object.values(options).map(longName), "--help"]);
  });

  test("offers the values of an option that has few, files where files are meant, and nothing for what it cannot know", () => {
    expect(bashOffers("send", "--curve", "p5")).toEqual(["p521"]);
    expect(bashOffers("send", "--ca", "package.j")).toEqual(["package.json"]);
    expect(bashOffers("receive", "--out", "sr")).toEqual(["src"]);
    expect(bashOffers("send", "packa")).toEqual(expect.arrayContaining(["package.json"]));
    expect(bashOffers("send", "--relay", "p")).toEqual([""]);
    expect(bashOffers("completion", "f")).toEqual(["fish"]);
  });
});

test.skipIf(!runs("fish"))("fish offers commands, options and values", () => {
  const offers = (line: string): string[] => {
    const script = `${completionScript("fish")}\ncomplete -C '${line}'`;
    return execFileSync("fish", ["--no-config", "-c", script])
      .toString()
      .trim()
      .split("\n")
      .map((offer) => offer.split("\t")[0] ?? "");
  };
  expect(offers("duet se")).toEqual(["send"]);
  expect(offers("duet send --curve p5")).toEqual(["p521"]);
  for (const [name, { options }] of Object.entries(COMMANDS)) {
    expect(offers(`duet ${name} --`)).toEqual(expect.arrayContaining(Object.values(options).map(longName)));
  }
});

test.skipIf(!runs("zsh"))("zsh takes the script, sourced and as a function of its own", () => {
  const script = completionScript("zsh");
  const check = `autoload -U compinit; compinit -D -u; ${script}\nprint $_comps[duet]`;
  expect(
    execFileSync("zsh", ["-f", "-c", check], { env: { ...process.env, ZDOTDIR: "/nonexistent" } }).toString(),
  ).toBe("_duet\n");
  for (const { options } of Object.values(COMMANDS)) {
    for (const option of Object.values(options).map(longName)) expect(script).toContain(`'${option}`);
  }
});

test("another shell is refused with those that are known", () => {
  expect(() => completionScript("tcsh")).toThrowError(
    expect.objectContaining({ code: "usage", hint: "Known shells: bash, zsh, fish." }) as Error,
  );
});
