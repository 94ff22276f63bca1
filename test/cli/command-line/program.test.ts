import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../../src/cli/command-line/command-specs.js";
import { environmentName, longName } from "../../../src/cli/command-line/options.js";
import { parseCommandLine } from "../../../src/cli/command-line/program.js";

const parse = (...argv: string[]) => parseCommandLine(argv, 80);

test("a command line is a command, its operands and its options as typed", () => {
  expect(parse("send", "a b", "c", "--relay", "http://r:1", "--json")).toEqual({
    command: "send",
    operands: ["a b", "c"],
    typed: { relay: "http://r:1", json: true },
  });
});

test("a dash alone is standard input, and what follows two dashes is a path", () => {
  expect(parse("send", "-")).toMatchObject({ operands: ["-"] });
  expect(parse("send", "--", "--json")).toMatchObject({ operands: ["--json"], typed: {} });
});

test("a list may be given in several options", () => {
  expect(parse("relay", "--trust-proxy", "10.0.0.0/8", "--trust-proxy", "::1")).toMatchObject({
    typed: { trustProxy: "10.0.0.0/8,::1" },
  });
});

describe("what is not a command line exits 2 and says what to do", () => {
  test.each([
    [["sned"], "unknown command 'sned'", /Did you mean send\?/],
    [["send", "--relai", "x"], "unknown option '--relai'", /Did you mean --relay\?.*duet send --help/],
    [["receive", "a-b", "c-d"], "too many arguments", /duet receive --help/],
    [["send", "a", "--relay"], "argument missing", /duet send --help/],
    [["completion"], "needs the name of a shell", /bash, zsh, fish/],
    [["send", "a", "--access-token", "x"], "unknown option", /DUET_ACCESS_TOKEN/],
    [["--frobnicate"], "unknown option", /duet --help/],
  ] as const)("%j", (argv, message, hint) => {
    expect(() => parse(...argv)).toThrowError(
      expect.objectContaining({
        code: "usage",
        message: expect.stringContaining(message) as unknown,
        hint: expect.stringMatching(hint) as unknown,
      }),
    );
  });
});

test("nothing at all is answered with the help, and it was not asked for", () => {
  expect(parse()).toMatchObject({ asked: false, text: expect.stringContaining("duet send report.pdf") as unknown });
});

describe("help", () => {
  const textOf = (...argv: string[]): string => {
    const answer = parse(...argv);
    if (!("text" in answer)) throw new Error("this is no help");
    return answer.text;
  };

  test.each(Object.keys(COMMANDS))(
    "%s --help names each option with its environment name, an example, and fits 80 columns",
    (name) => {
      const text = textOf(name, "--help");
      const spec = Object.entries(COMMANDS).find(([known]) => known === name)?.[1];
      for (const option of Object.values(spec?.options ?? {})) {
        expect(text).toContain(longName(option));
        expect(text).toContain(environmentName(option));
      }
      expect(text).toContain("Examples:");
      for (const line of text.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
    },
  );

  test("`help send` is `send --help`", () => {
    expect(textOf("help", "send")).toBe(textOf("send", "--help"));
  });

  test("duet --help lists all commands and exit codes and fits 80 columns", () => {
    const text = textOf("--help");
    for (const name of Object.keys(COMMANDS)) expect(text).toMatch(new RegExp(`^  ${name}`, "m"));
    for (const code of [0, 1, 2, 3, 4, 5, 6, 7, 130]) expect(text).toMatch(new RegExp(`^  ${code} +\\w`, "m"));
    for (const line of text.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  });
});

test("the version is that of package.json, alone", () => {
  expect(parse("--version")).toMatchObject({
    asked: true,
    text: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as unknown,
  });
});
