/**
 * Builds `dist/`. Needs nothing but Node and the installed packages: `prepare` runs it after `npm ci`.
 *
 * The library is what the compiler writes. The command line is bundled from that, dependencies included, since most of
 * its start was the loading of small files: 1 KiB from one process to another went from 620 to 490 ms.
 *
 * The compiler writes beside `dist/`, which is replaced only when it succeeded: no file of an older build stays, and
 * a failed build leaves the last good one.
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

process.chdir(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

const { bin } = JSON.parse(readFileSync("package.json", "utf8"));
const packageFolder = (name) => path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
const tsc = path.join(packageFolder("typescript"), "bin", "tsc");
/** The bundler's name for the place where Node's own modules come from. */
const NODES_OWN = "builtin";
const fresh = path.join(".cache", `build-${process.pid}`);

try {
  const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", fresh], {
    stdio: "inherit",
  });
  if (status !== 0) process.exitCode = 1;
  else {
    await bundleCommands();
    copySwaggerUi();
    install();
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

/** Replaces the compiled command line by its bundle: one file for each thing that is loaded apart from the rest. */
async function bundleCommands() {
  const compiled = path.join(fresh, "cli");
  const bundled = path.join(fresh, "bundled");
  const { metafile } = await build({
    entryPoints: [path.join(compiled, "main.js")],
    outdir: bundled,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    // tRPC's client asks of every input whether it is one. In Node the mere name loads undici, 15 to 26 ms of each start.
    // The command line sends nothing but JSON, so it asks for something else that no input is.
    define: { FormData: "WeakSet" },
    // pino starts a worker from a file of its own; only a relay that logs loads it. koffi is there if somebody wants it.
    external: ["pino", "koffi"],
    // By which Node's own modules come, see below.
    banner: { js: 'import { createRequire as cr } from "node:module"; const require = cr(import.meta.url);' },
    plugins: [builtinsByRequire()],
    legalComments: "linked",
    logLevel: "warning",
    metafile: true,
  });
  rmSync(compiled, { recursive: true });
  renameSync(bundled, compiled);
  // What a test needs to know what a command loads.
  const modules = Object.entries(metafile.outputs).map(([file, { inputs }]) => [
    path.basename(file),
    Object.keys(inputs)
      .filter((input) => !input.startsWith(`${NODES_OWN}:`))
      .map((input) => (input.startsWith(fresh) ? path.join("dist", path.relative(fresh, input)) : input)),
  ]);
  writeFileSync(path.join(".cache", "cli-modules.json"), JSON.stringify(Object.fromEntries(modules)));
}

/**
 * Node's own modules come by `require`. An `import` of one reads everything that it exports, and `node:http` exports what loads
 * all of undici for it: 10 of the 60 ms that loading takes on Node 22 and 24.
 */
function builtinsByRequire() {
  return {
    name: "builtins-by-require",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^node:/ }, ({ path: name, kind }) =>
        kind === "require-call" ? { path: name, external: true } : { path: name, namespace: NODES_OWN },
      );
      onLoad({ filter: /.*/, namespace: NODES_OWN }, ({ path: name }) => ({
        contents: `module.exports = require(${JSON.stringify(name)});`,
      }));
    },
  };
}

/** Copied, since the package it comes from brings along one with an install script, which no user of ours should run. */
function copySwaggerUi() {
  const folder = path.join(fresh, "swagger-ui");
  mkdirSync(folder);
  for (const file of [
    "swagger-ui.css",
    "swagger-ui-bundle.js",
    "swagger-ui-bundle.js.LICENSE.txt",
    "LICENSE",
    "NOTICE",
  ]) {
    copyFileSync(path.join(packageFolder("swagger-ui-dist"), file), path.join(folder, file));
  }
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
