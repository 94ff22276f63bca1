/**
 * Runs a script written in TypeScript: `node scripts/run.mjs scripts/generate/main.ts [argument …]`.
 *
 * The script and what it imports of ours become one bundle; packages stay where they are. Node 20 cannot load
 * TypeScript itself. In the script `import.meta.url` is the bundle's: find files from the working directory.
 */
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [script, ...rest] = process.argv.slice(2);
if (script === undefined) {
  console.error("usage: node scripts/run.mjs SCRIPT.ts [argument …]");
  process.exit(2);
}

const source = path.resolve(script);
// Inside node_modules, so that the bundle finds the packages; the process id keeps two runs at once apart.
const folder = path.join(root, "node_modules", ".cache", "duet-scripts");
const name = path.relative(root, source).replaceAll(/[^\w.-]+/g, "-");
const bundle = path.join(folder, `${name}.${process.pid}.mjs`);

mkdirSync(folder, { recursive: true });
await build({
  entryPoints: [source],
  outfile: bundle,
  bundle: true,
  packages: "external",
  platform: "node",
  target: "node20.19",
  format: "esm",
  sourcemap: "inline",
  logLevel: "warning",
}).catch(() => process.exit(1)); // esbuild has already said why

process.on("exit", () => rmSync(bundle, { force: true }));
process.setSourceMapsEnabled(true);
process.argv = [process.argv[0], source, ...rest];
await import(pathToFileURL(bundle).href);
