/** What holds the clients to one text for one mistake (`npm run test:problems`) is held to it itself. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { difference, type Mistake } from "../../scripts/clients/mistakes.js";
import { PROBLEMS } from "../../src/protocol/problem.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const run = (...args: readonly string[]) =>
  spawnSync(process.execPath, ["scripts/run.mjs", "scripts/clients/problems.ts", ...args], {
    cwd: ROOT,
    encoding: "utf8",
    timeout: 60_000,
  });

describe("what a client shows", () => {
  const mistake = (code: Mistake["code"]): Mistake => ({ what: "", relay: "", channel: "", code });
  const textsOf = (code: Mistake["code"]) => {
    const { message, hint } = PROBLEMS[code];
    return { code, message, hint };
  };

  test("is right when it is the table's", () => {
    expect(difference(mistake("channel_full"), textsOf("channel_full"))).toBeUndefined();
  });

  test.each([
    ["another code", { code: "not_yours" }],
    ["another message", { message: "channel is full (really)" }],
    ["another hint", { hint: "Try later." }],
    ["no hint", { hint: undefined }],
  ])("is wrong with %s", (_what, change) => {
    expect(difference(mistake("channel_full"), { ...textsOf("channel_full"), ...change } as object)).toMatch(
      /^expected/,
    );
  });

  test("is wrong when the call was answered", () => {
    expect(difference(mistake("not_yours"), {})).toMatch(/^expected/);
  });

  test("may say more of a relay that is away, behind the message", () => {
    const { message, ...texts } = textsOf("relay_unreachable");
    expect(
      difference(mistake("relay_unreachable"), { ...texts, message: `${message} (ECONNREFUSED)` }),
    ).toBeUndefined();
    expect(difference(mistake("relay_unreachable"), { ...texts, message: `error: ${message}` })).toMatch(/^expected/);
  });
});

test("the typed tRPC client shows all five", { timeout: 60_000 }, () => {
  const { status, stderr } = run("--only", "trpc");
  const shown = ["channel_full", "not_yours", "unknown_channel", "bad_request", "relay_unreachable"];
  for (const code of shown) expect(stderr).toMatch(new RegExp(`^trpc, .*: ${code}$`, "m"));
  expect([status, stderr.trimEnd().split("\n").at(-1)]).toEqual([0, "1 clients: 5 passed, 0 failed, 0 skipped"]);
});

test("a client that there is not is refused", { timeout: 60_000 }, () => {
  expect(run("--only", "cobol")).toMatchObject({ status: 2, stderr: expect.stringContaining("cobol") as string });
});
