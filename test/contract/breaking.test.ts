/** The document is broken on purpose, and `npm run check:breaking` must say so. */
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DOCUMENT = path.join(ROOT, "openapi/openapi.json");
/** The first call compiles oasdiff. */
const TIMEOUT_MS = 300_000;
/** With DUET_TEST_GENERATORS, as in CI: Go fetches oasdiff, and `npm test` wants neither another language nor a network. */
const HAS_TOOL =
  process.env["DUET_TEST_GENERATORS"] === "1" && spawnSync("go", ["version"], { stdio: "ignore" }).status === 0;

/** @returns how the check of a document against ours ends */
async function check(change: (text: string) => string): Promise<{ readonly code: unknown; readonly output: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), "duet-broken-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const broken = path.join(folder, "openapi.json");
  await writeFile(broken, change(await readFile(DOCUMENT, "utf8")));
  return new Promise((resolve) => {
    const args = ["scripts/run.mjs", "scripts/contract/breaking.ts", DOCUMENT, broken];
    execFile(process.execPath, args, { cwd: ROOT, timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr });
    });
  });
}

interface Document {
  readonly info: { version: string };
  readonly paths: Record<string, Record<string, { operationId: string }>>;
  readonly components: {
    readonly schemas: Record<string, { properties: Record<string, unknown>; required: string[] }>;
  };
}

type Change = (document: Document) => void;

/** A change of the document as an object. */
const changed =
  (change: Change) =>
  (text: string): string => {
    const document = JSON.parse(text) as Document;
    change(document);
    return JSON.stringify(document);
  };

const routeIsGone: Change = ({ paths }) => {
  delete paths["/sender/{channel}/isready"];
};

const BREAKS: readonly (readonly [what: string, change: Change, said: RegExp])[] = [
  ["a route is gone", routeIsGone, /api-path-removed|api-removed/],
  [
    "an operation has another name",
    ({ paths }) => {
      paths["/health"]!["get"]!.operationId = "healthOfRelay";
    },
    /api-operation-id-removed/,
  ],
  [
    "a field of an answer has another type",
    ({ components }) => {
      components.schemas["Readiness"]!.properties["ready"] = { type: "string" };
    },
    /response-property-type-changed/,
  ],
  [
    "a field of a request is now required",
    ({ components }) => {
      components.schemas["OpenChannelBody"]!.required = ["role"];
    },
    /request-property-became-required/,
  ],
];

test.skipIf(!HAS_TOOL).each(BREAKS)("breaking: %s", { timeout: TIMEOUT_MS }, async (_what, change, said) => {
  const { code, output } = await check(changed(change));
  expect([code, output]).toEqual([1, expect.stringMatching(said)]);
});

test.skipIf(!HAS_TOOL)("what breaks may do so when the major version rises", { timeout: TIMEOUT_MS }, async () => {
  const risen = await check(
    changed((document) => {
      routeIsGone(document);
      document.info.version = `${Number.parseInt(document.info.version, 10) + 1}.0.0`;
    }),
  );
  expect([risen.code, risen.output]).toEqual([0, expect.stringContaining("the major version has risen")]);
});

test.skipIf(!HAS_TOOL)("a document that did not change breaks nothing", { timeout: TIMEOUT_MS }, async () => {
  expect(await check((text) => text)).toMatchObject({ code: 0 });
});
