/** The package as somebody gets it who installs it: in Node, in a browser, and by its types. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { describe, expect, onTestFinished, test } from "vitest";
import { FreshProject, ROOT } from "./fresh-project.js";

/** It packs, unpacks and compiles. */
const TIMEOUT_MS = 120_000;
const OK = { code: 0, output: "" };

/** The sources with one text of one file replaced by another. */
async function changedSources(file: string, before: string, after: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "duet-changed-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const name of ["src", "package.json", "tsconfig.json", "tsconfig.build.json"])
    await cp(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  await symlink(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
  const source = await readFile(path.join(folder, file), "utf8");
  expect(source).toContain(before);
  await writeFile(path.join(folder, file), source.replace(before, after));
  return folder;
}

describe("in Node", { timeout: TIMEOUT_MS }, () => {
  test("the packed package compiles without leniency, and an exchange by the typed client runs", async () => {
    await using project = await FreshProject.of("node");
    expect(await project.compile()).toEqual(OK);
    const { code, output } = await project.node("built/exchange.js");
    expect([code, output]).toEqual([0, '{"agreed":true,"code":"not_yours","ready":false}\n']);
  });

  test("the type tests fail when a schema is broken", async () => {
    await using project = await FreshProject.of("node");
    const changed = await changedSources("src/relay/procedures/is-ready.ts", "ready: z.boolean()", "ready: z.string()");
    // What else the change breaks is not asked here: the types are written all the same.
    await project.rebuild(changed);
    const { code, output } = await project.compile();
    expect([code, output]).toEqual([2, expect.stringMatching(/^types\.ts\(/m)]);
  });
});

describe("in a browser", { timeout: TIMEOUT_MS }, () => {
  test("the typed client and the protocol compile without the types of Node, and bundle without Node", async () => {
    await using project = await FreshProject.of("browser");
    expect(await project.compile()).toEqual(OK);
    const { metafile, warnings } = await build({
      absWorkingDir: project.folder,
      entryPoints: ["page.ts"],
      bundle: true,
      platform: "browser",
      format: "esm",
      metafile: true,
      write: false,
      logLevel: "silent",
    });
    expect(warnings).toEqual([]);
    const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
    expect(imports.filter(({ external, path: from }) => external === true || from.startsWith("node:"))).toEqual([]);
    expect(Object.keys(metafile.inputs).some((file) => file.includes("@trpc/client"))).toBe(true);
  });
});
