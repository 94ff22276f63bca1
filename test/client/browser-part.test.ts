import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** Everything that a file imports at run time, and what that imports. */
function reachable(entry: URL, found = new Set<string>()): Set<string> {
  if (found.has(entry.href)) return found;
  found.add(entry.href);
  const source = readFileSync(fileURLToPath(entry), "utf8");
  for (const [, specifier = ""] of source.matchAll(/^(?:import|export) (?!type )[^;"]*?from "([^"]+)"/gm)) {
    if (specifier.startsWith(".")) reachable(new URL(specifier.replace(/\.js$/, ".ts"), entry), found);
    else found.add(specifier);
  }
  return found;
}

test.each(["portable", "sender", "recipient", "relay-client"])(
  "%s runs in a browser: it reaches nothing of Node",
  (name) => {
    const found = reachable(new URL(`../../src/client/${name}.ts`, import.meta.url));
    expect([...found].filter((specifier) => specifier.startsWith("node:") || specifier === "eventsource")).toEqual([]);
    expect(found).toContain("@trpc/client");
  },
);
