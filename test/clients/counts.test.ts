import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ofCargo, ofGo, ofMaven, ofNode, ofPytest } from "../../scripts/clients/counts.js";
import { LANGUAGES, testCommand } from "../../scripts/clients/languages.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

describe("how many tests there were is read from what each runner prints", () => {
  test.each([
    ["node:test", ofNode, "✔ a (1ms)\nℹ tests 4\nℹ pass 2\nℹ fail 1\nℹ cancelled 0\nℹ skipped 1\n", [2, 1, 1]],
    ["pytest", ofPytest, "....F.s\n=== 1 failed, 5 passed, 1 skipped in 3.21s ===\n", [5, 1, 1]],
    [
      "pytest -q",
      ofPytest,
      "Success: no issues found in 40 source files\n41 passed, 2 warnings in 12.02s\n",
      [41, 0, 0],
    ],
    ["pytest that could not collect", ofPytest, "ERROR tests/a.py\n1 error in 0.10s\n", [0, 1, 0]],
    [
      "go test -v",
      ofGo,
      "=== RUN   TestA\n--- PASS: TestA (0.00s)\n    --- PASS: TestA/b (0.00s)\n--- SKIP: TestC (0.0s)\n--- FAIL: TestD (0.0s)\nFAIL\n",
      [1, 1, 1],
    ],
    [
      "cargo test, each binary",
      ofCargo,
      "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s\n\ntest result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured\n",
      [15, 2, 1],
    ],
    [
      "surefire",
      ofMaven,
      "[INFO] Tests run: 5, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 1 s -- in A\n[ERROR] Tests run: 9, Failures: 1, Errors: 1, Skipped: 2\n",
      [5, 2, 2],
    ],
    ["nothing at all", ofMaven, "[INFO] BUILD SUCCESS\n", [0, 0, 0]],
  ] as const)("%s", (_what, read, output, [passed, failed, skipped]) => {
    expect(read(output)).toEqual({ passed, failed, skipped });
  });
});

describe("the one command of a README", () => {
  test("is the only line of the code block under ## Test", () => {
    expect(
      testCommand("# A\n\n```sh\nother\n```\n\n## Test\n\nRuns:\n\n```sh\ncargo test --locked\n```\n\n## More\n"),
    ).toBe("cargo test --locked");
    expect(testCommand("# A\n\n## Test\n\n```\ngo test ./...\n```\n")).toBe("go test ./...");
  });

  test.each([
    ["no section", "# A\n\n```sh\nmake\n```\n"],
    ["no code block", "## Test\n\nmake\n\n## More\n\n```sh\nmake\n```\n"],
    ["two lines", "## Test\n\n```sh\nmake\nmake test\n```\n"],
  ])("%s: refused", (_what, readme) => {
    expect(() => testCommand(readme)).toThrow(/exactly one line/);
  });

  const present = LANGUAGES.filter(({ folder }) => existsSync(`${ROOT}${folder}/README.md`));
  test.each(present)("$name has one", ({ folder }) => {
    expect(testCommand(readFileSync(`${ROOT}${folder}/README.md`, "utf8"))).toMatch(/\S/);
  });
});
