import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../../src/cli/command-line/command-specs.js";
import {
  environmentName,
  longName,
  type OptionSpec,
  RECEIVE_OPTIONS,
  RELAY_OPTIONS,
  SEND_OPTIONS,
  STAPLER_OPTIONS,
} from "../../../src/cli/command-line/options.js";
import { resolveOptions } from "../../../src/cli/command-line/resolve.js";

const RULES = [["overwrite", "rename", "skip"]] as const;

test("what is not given has its fallback", () => {
  const values = resolveOptions(RECEIVE_OPTIONS, {}, {}, RULES);
  expect(values).toMatchObject({ out: ".", yes: false, waitForPeer: 600_000, relay: undefined });
});

test("the command line goes before the environment, which goes before the fallback", () => {
  const environment = { DUET_PORT: "1", DUET_STAPLER_PORT: "2" };
  const values = resolveOptions(RELAY_OPTIONS, { port: "3" }, environment, []);
  expect([values.port, values.staplerPort, values.host]).toEqual([3, 2, "127.0.0.1"]);
});

test("an empty variable is one that is not set", () => {
  expect(resolveOptions(RECEIVE_OPTIONS, {}, { DUET_RELAY: "", DUET_YES: "" }, RULES)).toMatchObject({
    relay: undefined,
    yes: false,
  });
});

test("a switch of the environment may be off", () => {
  expect(resolveOptions(RECEIVE_OPTIONS, {}, { DUET_YES: "0", DUET_VERIFY: "1" }, RULES)).toMatchObject({
    yes: false,
    verify: true,
  });
});

describe("options that exclude each other", () => {
  test("are refused when both are typed", () => {
    expect(() => resolveOptions(RECEIVE_OPTIONS, { overwrite: true, skip: true }, {}, RULES)).toThrowError(
      "--overwrite and --skip exclude each other",
    );
  });

  test("are refused when both are in the environment", () => {
    expect(() => resolveOptions(RECEIVE_OPTIONS, {}, { DUET_OVERWRITE: "1", DUET_SKIP: "1" }, RULES)).toThrowError(
      "DUET_OVERWRITE and DUET_SKIP exclude each other",
    );
  });

  test("are decided by what is typed", () => {
    const values = resolveOptions(RECEIVE_OPTIONS, { skip: true }, { DUET_OVERWRITE: "1" }, RULES);
    expect(values).toMatchObject({ skip: true, overwrite: false });
  });

  test("do not count when they are switched off", () => {
    expect(resolveOptions(RECEIVE_OPTIONS, {}, { DUET_OVERWRITE: "0", DUET_SKIP: "1" }, RULES).skip).toBe(true);
  });
});

test("an error names the option, or the variable, and what was given", () => {
  const code = { code: "usage" };
  expect(() => resolveOptions(RELAY_OPTIONS, { port: "99999" }, {}, [])).toThrowError(
    expect.objectContaining({ ...code, message: '--port "99999" must be a whole number from 0 to 65535' }),
  );
  expect(() => resolveOptions(SEND_OPTIONS, {}, { DUET_CURVE: "p557" }, [])).toThrowError(
    /^DUET_CURVE "p557" must be one of: ristretto255\+mlkem768/,
  );
});

test("every option of every command has the environment name that its own name gives", () => {
  const names = [SEND_OPTIONS, RECEIVE_OPTIONS, RELAY_OPTIONS, STAPLER_OPTIONS]
    .flatMap((specs) => Object.values<OptionSpec<unknown>>(specs))
    .map((spec) => [longName(spec), environmentName(spec)]);
  for (const [option = "", variable] of names)
    expect(variable).toBe(`DUET_${option.slice(2).replaceAll("-", "_").toUpperCase()}`);
  expect(names).toContainEqual(["--wait-for-peer", "DUET_WAIT_FOR_PEER"]);
});

test("every option stands in its table under the name that commander gives it", () => {
  for (const { options } of Object.values(COMMANDS)) {
    for (const [name, spec] of Object.entries(options)) {
      expect(
        longName(spec)
          .slice(2)
          .replace(/-(\w)/g, (_all, letter: string) => letter.toUpperCase()),
      ).toBe(name);
    }
  }
});
