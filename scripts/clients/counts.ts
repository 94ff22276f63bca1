/** Reads out of what each language's test runner prints how many tests there were. */

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const NONE: Counts = { passed: 0, failed: 0, skipped: 0 };

export function add(one: Counts, other: Counts): Counts {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  };
}

/** node:test: `ℹ pass 15`, `ℹ fail 0`, `ℹ skipped 0`, once for a run. */
export function ofNode(output: string): Counts {
  const last = (what: string): number => sumOf(output, new RegExp(`^ℹ ${what} (\\d+)$`, "gm"));
  return { passed: last("pass"), failed: last("fail"), skipped: last("skipped") };
}

/** pytest: its last line, `2 failed, 40 passed, 1 skipped in 3.21s`. */
export function ofPytest(output: string): Counts {
  const [line = ""] =
    [...output.matchAll(/^.*\b\d+ (?:passed|failed|skipped|errors?)\b.* in [\d.]+s.*$/gm)].at(-1) ?? [];
  const count = (what: RegExp): number => sumOf(line, what);
  return {
    passed: count(/(\d+) (?:passed|xfailed)/g),
    failed: count(/(\d+) (?:failed|errors?|xpassed)/g),
    skipped: count(/(\d+) skipped/g),
  };
}

/** `go test -v`: `--- PASS: TestName (0.01s)`; those within others are not counted again. */
export function ofGo(output: string): Counts {
  const count = (what: string): number => [...output.matchAll(new RegExp(`^--- ${what}: `, "gm"))].length;
  return { passed: count("PASS"), failed: count("FAIL"), skipped: count("SKIP") };
}

/** `cargo test`: `test result: ok. 12 passed; 0 failed; 1 ignored; …`, once for each binary. */
export function ofCargo(output: string): Counts {
  const count = (what: string): number => sumOf(output, new RegExp(`^test result: .*?(\\d+) ${what};`, "gm"));
  return { passed: count("passed"), failed: count("failed"), skipped: count("ignored") };
}

/** Maven's surefire: `Tests run: 12, Failures: 0, Errors: 0, Skipped: 0` at the end, without the time of a class. */
export function ofMaven(output: string): Counts {
  const lines = output.matchAll(/Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: (\d+)\s*$/gm);
  const [, run = 0, failures = 0, errors = 0, skipped = 0] = [...lines].at(-1)?.map(Number) ?? [];
  const failed = failures + errors;
  return { passed: run - failed - skipped, failed, skipped };
}

/** The sum of the first group of every match. */
function sumOf(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0);
}
