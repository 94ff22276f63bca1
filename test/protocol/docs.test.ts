/** docs/PROTOCOL.md is what strangers write peers from: its tables say what the code does. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { MAX_CHUNK, MIN_CHUNK } from "../../src/protocol/capabilities.js";
import { FRAME_HEADER_BYTES, FRAME_MAX_BYTES } from "../../src/protocol/body.js";
import { HELLO_MAX_BYTES, STAPLER_ERROR_CODES } from "../../src/protocol/hello-line.js";
import { LINE_MAX_BYTES } from "../../src/protocol/json-lines.js";
import { PEER_ERROR_CODES, SMALL_MESSAGE_MAX_BYTES } from "../../src/protocol/messages.js";
import { PATH_MAX_BYTES, PATHS_MAX } from "../../src/protocol/paths.js";
import { exitCode } from "../../src/protocol/problem.js";
import { MESSAGE_MAX_BYTES } from "../../src/protocol/record.js";
import { DEFAULT_SUITE, SUITE_NAMES } from "../../src/protocol/suite-names.js";
import { loadSuite } from "../../src/protocol/suites.js";

const page = readFileSync(new URL("../../docs/PROTOCOL.md", import.meta.url), "utf8");

/** The cells of every row of a table, without the code marks. */
function rowsOf(section: string): readonly (readonly string[])[] {
  const start = page.indexOf(`\n## ${section}.`);
  const text = page.slice(start, page.indexOf("\n## ", start + 1));
  return text
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim().replaceAll("`", "")),
    );
}

test("the sections are those that the code cites", () => {
  const titles = [...page.matchAll(/^## (\d)\. (.+)$/gm)].map(([, number, title]) => `${number} ${title}`);
  expect(titles).toEqual([
    "1 Terms",
    "2 REST, step by step",
    "3 Key agreement",
    "4 Code phrase",
    "5 Stapler",
    "6 Encrypted stream",
    "7 Test vectors",
  ]);
});

describe("section 3", () => {
  const rows = rowsOf("3");

  test.each(SUITE_NAMES)("%s", async (name) => {
    const { group, kem } = await loadSuite(name);
    const label = name === DEFAULT_SUITE ? `${name} (default)` : name;
    const [, groupName = "", hybrid] = rows.find(([first]) => first === label) ?? [];
    expect(hybrid).toBe(kem === undefined ? "no" : "yes");
    const [, dsi, , block, , share = ""] =
      rows.find(([first, second]) => first === groupName && second === group.dsi) ?? [];
    expect([dsi, block]).toEqual([group.dsi, String(group.blockBytes)]);
    expect(share).toMatch(new RegExp(`^${group.shareBytes} bytes`));
  });

  test("no suite but those", () => {
    expect(rows.filter(([, , third]) => third === "yes" || third === "no")).toHaveLength(SUITE_NAMES.length);
    expect(page).toContain(`from ${MIN_CHUNK} to ${MAX_CHUNK}`);
  });
});

test("section 5 has every code of a stapler", () => {
  const codes = rowsOf("5").flatMap(([first = ""]) => first.split(", "));
  for (const code of STAPLER_ERROR_CODES) expect(codes).toContain(code);
  expect(page).toContain(`at most ${HELLO_MAX_BYTES} bytes`);
});

test("section 6 has every code of a peer with its exit code, and the bounds of messages", () => {
  const rows = rowsOf("6");
  for (const code of PEER_ERROR_CODES) {
    expect(rows.find(([first = ""]) => first.split(", ").some((name) => name.startsWith(code)))?.[1]).toBe(
      String(exitCode(code)),
    );
  }
  expect([FRAME_MAX_BYTES, MESSAGE_MAX_BYTES]).toEqual([2 ** 24, 2 ** 36]);
  expect(page).toMatch(/n at most 2\^24/);
  expect(page).toMatch(/at most 2\^36 bytes/);
  expect(FRAME_HEADER_BYTES).toBe(8 + 8 + 4);
  expect(page).toContain(`at most ${SMALL_MESSAGE_MAX_BYTES} bytes of plaintext`);
  expect(page).toContain(`lines of at most ${LINE_MAX_BYTES / 1024} KiB`);
  expect(page).toContain(`at most ${PATH_MAX_BYTES} bytes. What`);
  expect(page).toContain(`together are at most ${PATHS_MAX.toLocaleString("en")}`);
});
