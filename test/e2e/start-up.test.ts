import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { Duet, scratch } from "./duet.js";

/** Which modules each file of the bundled command line holds, as the build wrote it down. */
const MODULES = new URL("../../.cache/cli-modules.json", import.meta.url);

/** Runs a command to its end. @returns the modules that it loaded, by their paths in the project */
async function loadedBy(...args: readonly string[]): Promise<readonly string[]> {
  await using place = await scratch();
  const folder = join(place.path, "coverage");
  await using duet = new Duet(args, { env: { ...place.env, NODE_V8_COVERAGE: folder }, cwd: place.path });
  await duet.ended;
  const [report = ""] = await readdir(folder);
  const { result } = JSON.parse(await readFile(join(folder, report), "utf8")) as { result: { url: string }[] };
  const modules = JSON.parse(await readFile(MODULES, "utf8")) as Record<string, readonly string[]>;
  return result.filter(({ url }) => url.startsWith("file:")).flatMap(({ url }) => modules[basename(url)] ?? [url]);
}

/** What only a relay needs. */
const RELAY_ONLY =
  /^node_modules\/(?:zod|zod-openapi|trpc-openapi|pino|rate-limiter-flexible|swagger-ui-dist)\/|^dist\/(?:relay|stapler|server|channel)\//;

test("--version loads two modules", async () => {
  expect(await loadedBy("--version")).toEqual(["dist/cli/main.js", "dist/cli/version.js"]);
});

test("a command line that is not valid loads nothing of a transfer or a relay", async () => {
  const loaded = await loadedBy("receive", "--no-such-option");
  expect(loaded).toContain("dist/cli/run.js");
  expect(loaded.filter((file) => /^dist\/(?!cli\/)/.test(file)).toSorted()).toEqual([
    "dist/protocol/problem.js",
    "dist/protocol/suite-names.js",
    "dist/protocol/unsafe-text.js",
  ]);
});

test.each([
  ["receive", ["receive", "4821-cactus-lemon-violin", "--yes", "--relay", "http://127.0.0.1:1"]],
  ["send by a relay elsewhere", ["send", "--text", "x", "--relay", "http://127.0.0.1:1"]],
] as const)("%s loads nothing of a relay", async (_what, args) => {
  const loaded = await loadedBy(...args);
  expect(loaded).toContain("dist/client/index.js");
  expect(loaded.filter((file) => RELAY_ONLY.test(file))).toEqual([]);
});

test("a non-hybrid suite of one curve loads no other curve", async () => {
  const loaded = await loadedBy("send", "--text", "x", "--curve", "ristretto255", "--relay", "http://127.0.0.1:1");
  expect(loaded.filter((file) => /nist|ml-kem/.test(file))).toEqual([]);
});

test("no command loads undici, as Node 22 and 24 do where node:http is imported", async () => {
  await using place = await scratch();
  const list = "process.on('exit',()=>process._rawDebug(process.moduleLoadList.join()))";
  const env = { ...place.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(list)}` };
  await using duet = new Duet(["send", "--text", "x", "--relay", "http://127.0.0.1:1"], { env, cwd: place.path });
  await duet.ended;
  expect(duet.stderr).toContain("NativeModule http");
  expect(duet.stderr).not.toMatch(/undici/);
});
