/**
 * Builds `dist/`. Needs nothing but Node and the installed packages: `prepare` runs it after `npm ci`.
 *
 * The compiler writes beside `dist/`, which is replaced only when it succeeded: no file of an older build stays, and
 * a failed build leaves the last good one.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

const { bin } = JSON.parse(readFileSync("package.json", "utf8"));
const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
const fresh = path.join(".cache", `build-${process.pid}`);

try {
  const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", fresh], {
    stdio: "inherit",
  });
  if (status !== 0) process.exitCode = 1;
  else install();
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

/** Makes the commands executable and puts the new build in the old one's place. */
function install() {
  for (const target of Object.values(bin)) {
    const command = path.join(fresh, path.relative("dist", target));
    if (!existsSync(command)) {
      console.error(`build: ${target} is named in package.json, but nothing in src/ makes it`);
      process.exitCode = 1;
      return;
    }
    chmodSync(command, 0o755);
  }
  rmSync("dist", { recursive: true, force: true });
  renameSync(fresh, "dist");
}
