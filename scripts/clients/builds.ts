/** Makes runnable what the clients have in their folders. Nothing lands outside a folder that git ignores. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** A command with its first arguments. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

const BUILD_TIMEOUT_MS = 600_000;
const CACHE = path.resolve(".cache/peers");

/** Built, since `go run` has exit codes of its own. */
export function goProgram(name: string, source: string): Program {
  const program = path.join(CACHE, `${name}-go`);
  build("go", ["build", "-o", program, source], "clients/go");
  return { command: program, args: [] };
}

/** A Python in which the client is installed. */
export function pythonProgram(...args: readonly string[]): Program {
  const python = path.join(CACHE, "python", "bin", "python");
  if (!existsSync(python)) build("python3", ["-m", "venv", path.join(CACHE, "python")], ".");
  build(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "./clients/python"], ".");
  return { command: python, args };
}

/**
 * Built, since `cargo run` has exit codes of its own. The profile and the folder are those of `cargo test`: what that
 * has compiled is not compiled again.
 */
export function rustExample(name: string): Program {
  build("cargo", ["build", "--quiet", "--locked", "--example", name], "clients/rust");
  return { command: path.resolve("clients/rust/target/debug/examples", name), args: [] };
}

/** An example that `java` compiles as it runs it. */
export function javaExample(file: string): Program {
  const folder = path.resolve("clients/java");
  const list = path.join(folder, "target", "classpath");
  const goals = ["compile", "dependency:build-classpath", `-Dmdep.outputFile=${list}`];
  build("mvn", ["--batch-mode", "--no-transfer-progress", "--quiet", ...goals], folder);
  const classes = [path.join(folder, "target", "classes"), readFileSync(list, "utf8").trim()];
  return { command: "java", args: ["-cp", classes.join(path.delimiter), path.join(folder, file)] };
}

/** An example of the REST client. */
export function typescriptExample(name: string): Program {
  const folder = path.resolve("clients/typescript");
  const options = ["--no-audit", "--no-fund", "--loglevel=error"];
  // `npm ci` builds it too.
  if (existsSync(path.join(folder, "node_modules"))) build("npm", ["run", "--silent", "build"], folder);
  else build("npm", ["ci", ...options], folder);
  return { command: process.execPath, args: [path.join(folder, "dist/examples", `${name}.js`)] };
}

function build(command: string, args: readonly string[], cwd: string): void {
  execFileSync(command, args, { cwd, stdio: ["ignore", "inherit", "inherit"], timeout: BUILD_TIMEOUT_MS });
}
