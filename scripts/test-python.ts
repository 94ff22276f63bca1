/**
 * Makes the Python environment of the tests that run a peer written in Python: `.cache/venv`, from
 * `test/python/requirements.txt`. Does nothing when it is there already, or when DUET_TEST_PYTHON names another Python.
 * `npm test` needs no other language: without this environment it skips those tests and says so.
 */
import { type ExecFileSyncOptions, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";

const REQUIREMENTS = "test/python/requirements.txt";
const VENV = path.join(".cache", "venv");
const STAMP = path.join(VENV, "requirements.txt");
const PIP_TIMEOUT_MS = 300_000;

function isReady(requirements: string): boolean {
  return existsSync(STAMP) && readFileSync(STAMP, "utf8") === requirements;
}

function makeEnvironment(requirements: string): void {
  rmSync(VENV, { recursive: true, force: true });
  mkdirSync(path.dirname(VENV), { recursive: true });
  const options: ExecFileSyncOptions = { stdio: ["ignore", "inherit", "inherit"], timeout: PIP_TIMEOUT_MS };
  execFileSync("python3", ["-m", "venv", VENV], options);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", REQUIREMENTS];
  execFileSync(path.join(VENV, "bin", "python"), pip, options);
  writeFileSync(STAMP, requirements); // last: an environment without it is made anew
}

if (process.env["DUET_TEST_PYTHON"] === undefined) {
  const requirements = readFileSync(REQUIREMENTS, "utf8");
  if (!isReady(requirements)) makeEnvironment(requirements);
}
