/**
 * Runs the tests on other versions of Node: `npm run test:nodes [-- VERSION …]`, by default on the newest release
 * of every major line that is supported. Each Node is an npm package, kept in `.cache/`; nothing is installed globally.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import process from "node:process";

const DEFAULT_VERSIONS = ["20", "22", "24"];
const INSTALL_TIMEOUT_MS = 300_000;
const TESTS_TIMEOUT_MS = 1_200_000;

/** @returns the path of the `node` of this version, which is fetched first if need be; undefined when that failed */
function install(version: string): string | undefined {
  const platform = process.platform === "win32" ? "win" : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const prefix = path.resolve(".cache", `node-${version}`);
  const node = path.join(prefix, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (!existsSync(node)) {
    spawnSync("npm", ["install", "--silent", "--no-save", "--prefix", prefix, `${name}@${version}`], {
      stdio: "inherit",
      timeout: INSTALL_TIMEOUT_MS,
    });
  }
  return existsSync(node) ? node : undefined;
}

/** @returns whether every test passed */
function runTests(node: string): boolean {
  const { status } = spawnSync(node, ["node_modules/vitest/vitest.mjs", "run"], {
    stdio: "inherit",
    timeout: TESTS_TIMEOUT_MS,
    // First in PATH, so that tests that start `node` get this one too.
    env: { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env["PATH"] ?? ""}` },
  });
  return status === 0;
}

const versions = process.argv.length > 2 ? process.argv.slice(2) : DEFAULT_VERSIONS;
const results = versions.map((version) => {
  const node = install(version);
  if (node === undefined) return `Node ${version}: cannot be installed`;
  const release = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  console.error(`\n=== Node ${release} ===`);
  return `Node ${release}: ${runTests(node) ? "passed" : "FAILED"}`;
});

console.error(`\n${results.join("\n")}`);
if (!results.every((line) => line.endsWith(": passed"))) process.exitCode = 1;
