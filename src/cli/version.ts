import { readFileSync } from "node:fs";

/** @returns the version of this package, read from its own package.json: `--version` loads nothing else */
export function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
