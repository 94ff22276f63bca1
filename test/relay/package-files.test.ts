import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { PackageFiles } from "../../src/relay/http/package-files.js";
import { StaticPages } from "../../src/relay/http/static.js";
import { DuetError } from "../../src/protocol/problem.js";

const HERE = import.meta.url;

/** A package on disk with these files, and a module in it. */
async function packageWith(files: Readonly<Record<string, string>>, module = "dist/cli/main.js") {
  const root = await mkdtemp(path.join(tmpdir(), "duet-package-"));
  onTestFinished(() => rm(root, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(root, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  return new PackageFiles(pathToFileURL(path.join(root, module)).href);
}

const OURS = { "package.json": '{"name":"duet-relay"}' };
const BUILT = { ...OURS, "dist/swagger-ui/swagger-ui.css": "built" };

/** What the pages answer to a GET, or why not. */
async function get(pages: StaticPages, target: string): Promise<number | DuetError> {
  let status = 0;
  const response = { writeHead: (code: number) => (status = code), end: () => undefined };
  // Only what the pages look at.
  const exchange = {
    request: { method: "GET", complete: true },
    response,
    requestId: "",
    path: target,
    query: "",
    headers: {},
  };
  try {
    await pages.serve(exchange as unknown as Parameters<StaticPages["serve"]>[0]);
    return status;
  } catch (error) {
    if (error instanceof DuetError) return error;
    throw error;
  }
}

test.each(["dist/cli/main.js", "dist/cli/deep/er/chunk.js", "src/relay/http/static.ts", "main.js"])(
  "the files of the package are found from %s",
  async (module) => {
    const files = await packageWith(
      { ...BUILT, "dist/cli/package.json": '{"name":"other"}', "dist/package.json": "{" },
      module,
    );
    expect(String(await files.read("package.json"))).toBe(OURS["package.json"]);
    expect(String(await files.readSwagger("swagger-ui.css"))).toBe("built");
  },
);

test("from a checkout without a build Swagger UI comes from node_modules", async () => {
  const files = new PackageFiles(HERE);
  expect(String(await files.readSwagger("swagger-ui.css"))).toContain(".swagger-ui");
  await expect(files.readSwagger("no-such-file.css")).rejects.toMatchObject({
    name: "MissingFileError",
    message: expect.stringContaining("dist/swagger-ui/no-such-file.css") as string,
  });
});

test("a file that is missing is named, and a file that cannot be read is another error", async () => {
  const bare = await packageWith({});
  await expect(bare.read("openapi/openapi.json")).rejects.toMatchObject({ name: "MissingFileError" });
  const ours = await packageWith(OURS);
  await expect(ours.readSwagger("swagger-ui.css")).rejects.toThrow(/swagger-ui\.css is missing/);
  await expect((await packageWith({ ...OURS, "openapi/x": "" })).read("openapi")).rejects.toMatchObject({
    code: "EISDIR",
  });
});

test("a relay without its Swagger UI is 404 at /docs, says so once in the log, and serves the rest", async () => {
  const lines: unknown[] = [];
  const quiet = (): void => undefined;
  const logger = { info: quiet, warn: quiet, error: (fields: object) => void lines.push(fields) };
  const files = await packageWith({ ...BUILT, "openapi/openapi.json": "{}" });
  const pages = new StaticPages({ logger, files });
  for (let times = 0; times < 2; times += 1)
    expect(await get(pages, "/docs")).toMatchObject({
      code: "unknown_route",
      message: "this relay was installed without this page",
    });
  expect(lines).toEqual([{ err: expect.objectContaining({ name: "MissingFileError" }) as Error }]);
  expect(await get(pages, "/docs/swagger-ui.css")).toBe(200);
  expect(await get(pages, "/openapi.json")).toBe(200);
  expect(await get(pages, "/problems")).toBe(200);
});

test("a file that could not be read once is read at the next request", async () => {
  class Busy extends PackageFiles {
    times = 0;
    override read(file: string): Promise<Buffer> {
      this.times += 1;
      return this.times === 1 ? Promise.reject(new Error("EMFILE")) : super.read(file);
    }
  }
  const pages = new StaticPages({ files: new Busy(HERE) });
  await expect(get(pages, "/openapi.json")).rejects.toThrow("EMFILE");
  expect(await get(pages, "/openapi.json")).toBe(200);
});
