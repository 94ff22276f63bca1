/**
 * Compares the document with that of the last release: `npm run check:breaking [-- OLD NEW]`. What would break a client
 * fails, unless the major version of the document rises. The last release is the newest tag `v*`; before the first one,
 * and in a clone without tags, it is `test/contract/released.json`.
 *
 * Needs Go, which fetches oasdiff itself. Ends with 1 when something breaks.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

const TOOL = path.resolve("test/contract/oasdiff");
/** A changed operationId renames a method in every client; oasdiff takes it for a trifle. */
const SEVERITY = path.resolve("test/contract/severity.txt");
const BEFORE_THE_FIRST_RELEASE = "test/contract/released.json";
/** The first run compiles oasdiff. */
const TIMEOUT_MS = 300_000;

/** @returns the document of the last release, as text */
function released(): string {
  const git = (...args: readonly string[]) => spawnSync("git", args, { encoding: "utf8" });
  const tag = git("describe", "--tags", "--abbrev=0", "--match", "v*").stdout.trim();
  const shown = tag === "" ? undefined : git("show", `${tag}:openapi/openapi.json`);
  return shown?.status === 0 ? shown.stdout : readFileSync(BEFORE_THE_FIRST_RELEASE, "utf8");
}

function majorOf(document: string): number {
  const { info } = JSON.parse(document) as { readonly info: { readonly version: string } };
  return Number.parseInt(info.version, 10);
}

const [oldFile, newFile = "openapi/openapi.json"] = process.argv.slice(2);
const before = oldFile === undefined ? released() : readFileSync(oldFile, "utf8");
const after = readFileSync(newFile, "utf8");
const folder = mkdtempSync(path.join(tmpdir(), "duet-breaking-"));
try {
  writeFileSync(path.join(folder, "released.json"), before);
  writeFileSync(path.join(folder, "now.json"), after);
  // `go tool` wants the module that names the tool around it.
  for (const file of ["go.mod", "go.sum"]) copyFileSync(path.join(TOOL, file), path.join(folder, file));
  const args = ["tool", "oasdiff", "breaking", "released.json", "now.json"];
  const { status, error } = spawnSync("go", [...args, "--fail-on", "ERR", "--severity-levels", SEVERITY], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    timeout: TIMEOUT_MS,
  });
  if (error !== undefined) throw new Error("needs Go: https://go.dev/dl", { cause: error });
  const hasRisen = majorOf(after) > majorOf(before);
  if (status !== 0 && hasRisen) console.error("the major version has risen, so this may be");
  process.exitCode = status === 0 || hasRisen ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
