/** Does what docs/NEW-PROCEDURE.md says, in a copy of the repository. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { filesIn } from "../../scripts/generate/files.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PAGE = path.join(ROOT, "docs/NEW-PROCEDURE.md");
const COPIED = ["src", "scripts", "openapi", "clients", "package.json", "tsconfig.json", "tsconfig.build.json"];
/** Installed or built, and shared with the copy instead. */
const SHARED = ["node_modules", ".cache", "scripts/codegen/typescript/node_modules", "clients/typescript/node_modules"];
/** With DUET_TEST_GENERATORS, as in CI, every client is made whose tools are there; else those that need only Node. */
const EVERY = process.env["DUET_TEST_GENERATORS"] === "1";
const HAS_CLIENT = existsSync(path.join(ROOT, SHARED[3] ?? ""));
const LOCAL = ["procedures", "documents", ...(existsSync(path.join(ROOT, SHARED[2] ?? "")) ? ["typescript"] : [])];

/** What an operation is called in each client, by its generated folder. */
const MARKS = {
  "clients/typescript/src/generated/": ["schema.ts", "/channel/{channel}/round"],
  "clients/python/src/duet_relay/generated/": ["api/channel/get_round.py", "def sync("],
  "clients/go/relay/": ["relay.gen.go", "GetRoundWithResponse("],
  "clients/rust/src/": ["generated.rs", "pub async fn get_round"],
  "clients/java/src/generated/java/": ["io/github/duetrelay/generated/api/ChannelApi.java", " getRound("],
} as const;

async function copyOfRepository(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "duet-procedure-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const isSource = (file: string): boolean => !/\/(?:node_modules|dist|target|\.[a-z_]+|__pycache__)$/.test(file);
  for (const name of COPIED)
    await cp(path.join(ROOT, name), path.join(folder, name), { recursive: true, filter: isSource });
  await mkdir(path.join(ROOT, ".cache"), { recursive: true });
  for (const name of SHARED)
    if (existsSync(path.join(ROOT, name))) await symlink(path.join(ROOT, name), path.join(folder, name));
  return folder;
}

async function contentsOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const contents = new Map<string, string>();
  for (const part of ["src", "openapi", "clients", "scripts/generate"])
    for (const file of await filesIn(path.join(folder, part)))
      contents.set(`${part}/${file}`, await readFile(path.join(folder, part, file), "utf8"));
  return contents;
}

test(
  "one file written by hand, and one command, bring a procedure into documents and clients",
  { timeout: 300_000 },
  async () => {
    const page = await readFile(PAGE, "utf8");
    const [, file = "", source = ""] =
      /^`(src\/relay\/procedures\/[\w-]+\.ts)`:\n\n```ts\n([\s\S]*?)^```$/m.exec(page) ?? [];
    const folder = await copyOfRepository();
    const before = await contentsOf(folder);
    await writeFile(path.join(folder, file), source);

    expect(page).toContain("```sh\nnpm run generate\n```");
    const args = EVERY ? ["--available"] : ["--only", LOCAL.join(",")];
    const run = (...command: readonly string[]) =>
      promisify(execFile)(process.execPath, [...command], { cwd: folder, timeout: 280_000 });
    const { stderr } = await run("scripts/run.mjs", "scripts/generate/main.ts", ...args);
    await run("node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", "--noEmit");

    const after = await contentsOf(folder);
    const changed = [...after].filter(([name, content]) => before.get(name) !== content).map(([name]) => name);
    const generated = ["src/relay/generated/", "openapi/", ...Object.keys(MARKS)];
    expect(changed.filter((name) => !generated.some((start) => name.startsWith(start)))).toEqual([file]);

    for (const name of ["openapi/openapi.json", "openapi/openapi-3.0.json"])
      expect(JSON.parse(after.get(name) ?? "{}")).toMatchObject({
        paths: { "/channel/{channel}/round": { get: { operationId: "getRound" } } },
        components: { schemas: { CurrentRound: { required: ["round", "success", "message"] } } },
      });
    const made = Object.entries(MARKS).filter(([start]) => changed.some((name) => name.startsWith(start)));
    expect(made.length).toBeGreaterThanOrEqual(LOCAL.includes("typescript") ? 1 : 0);
    for (const [start, [name, mark]] of made) expect(after.get(start + name), start).toContain(mark);
    const expected = stderr.split("\n").filter((line) => /^(?:typescript|python|go|rust|java): \d+ files$/.test(line));
    expect(made).toHaveLength(expected.length);
  },
);

/** A copy in which one field has another type. */
async function copyWithBrokenSchema(): Promise<string> {
  const folder = await copyOfRepository();
  const file = path.join(folder, "src/relay/procedures/is-ready.ts");
  const source = await readFile(file, "utf8");
  await writeFile(file, source.replace("ready: z.boolean()", "ready: z.string()"));
  expect(await readFile(file, "utf8")).not.toBe(source);
  return folder;
}

test(
  "a schema that changes is noticed, in the documents and in the types of the client",
  { timeout: 120_000 },
  async () => {
    const check = promisify(execFile)(
      process.execPath,
      ["scripts/run.mjs", "scripts/generate/main.ts", "--check", "--only", LOCAL.join(",")],
      { cwd: await copyWithBrokenSchema(), timeout: 100_000 },
    );
    const seen = [
      "openapi/openapi.json: changed",
      ...(LOCAL.includes("typescript") ? ["clients/typescript/src/generated/schema.ts: changed"] : []),
    ];
    for (const line of seen)
      await expect(check).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining(line) as string });
  },
);

// Where the REST client is installed, as in CI; test/package has the same for the typed tRPC client.
test.skipIf(!HAS_CLIENT || !LOCAL.includes("typescript"))(
  "once generated, a schema that was broken fails the type tests of the REST client",
  { timeout: 120_000 },
  async () => {
    const cwd = await copyWithBrokenSchema();
    const run = (...command: readonly string[]) =>
      promisify(execFile)(process.execPath, [...command], { cwd, timeout: 100_000 });
    const tsc = ["node_modules/typescript/bin/tsc", "-p", "clients/typescript", "--noEmit"];
    await run(...tsc);
    await run("scripts/run.mjs", "scripts/generate/main.ts", "--only", "documents,typescript");
    await expect(run(...tsc)).rejects.toMatchObject({ stdout: expect.stringMatching(/test\/types\.ts/) as string });
  },
);
