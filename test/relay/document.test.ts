import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { PROBLEMS } from "../../src/protocol/problem.js";
import { documentText } from "../../src/relay/openapi/build.js";
import { exampleOf } from "../../src/relay/openapi/examples.js";
import { deepMap, isObject, type Json, type JsonObject } from "../../src/relay/openapi/json.js";
import { tidySchemas, withoutBooleanEnums } from "../../src/relay/openapi/tidy.js";
import { publicRoutes } from "../../src/relay/http/routes.js";
import { startRelay } from "./support.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const committed = (name: string): string => readFileSync(join(ROOT, "openapi", name), "utf8");
const run = promisify(execFile);

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly security: readonly JsonObject[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly description?: string;
    readonly example?: Json;
    readonly schema: JsonObject;
  }[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, { readonly schema: JsonObject; readonly examples: JsonObject }>>;
  };
  readonly responses: Readonly<Record<string, JsonObject>>;
}
interface Document {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonObject>>;
    readonly responses: Readonly<Record<string, JsonObject>>;
  };
}

const document = JSON.parse(committed("openapi.json")) as Document;
const twin = JSON.parse(committed("openapi-3.0.json")) as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

/** Every object in a document. */
function objectsOf(value: unknown): JsonObject[] {
  const found: JsonObject[] = [];
  deepMap(value as JsonObject, (object) => {
    found.push(object);
    return object;
  });
  return found;
}

describe("the committed documents", () => {
  test("are what the router gives, the same every time, and say nothing of this machine", () => {
    expect(documentText("3.1.0")).toBe(committed("openapi.json"));
    expect(documentText("3.0.3")).toBe(committed("openapi-3.0.json"));
    expect(documentText("3.1.0")).toBe(documentText("3.1.0"));
    expect(committed("openapi.json")).not.toMatch(/\/work|\/home|\/root|localhost/);
  });

  test("are checked by the script, which names what it does not know", { timeout: 60_000 }, async () => {
    const generate = (...args: string[]) =>
      run(process.execPath, ["scripts/run.mjs", "scripts/generate/main.ts", ...args], { cwd: ROOT });
    await generate("--check", "--only", "documents");
    await expect(generate("--only", "documents,nothing")).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("nothing") as string,
    });
  });

  test.each(["openapi.json", "openapi-3.0.json"])("%s: Redocly finds no fault", { timeout: 60_000 }, async (name) => {
    const packageFile = createRequire(import.meta.url).resolve("@redocly/cli/package.json");
    const { bin } = JSON.parse(readFileSync(packageFile, "utf8")) as { bin: { redocly: string } };
    const redocly = join(dirname(packageFile), bin.redocly);
    const { stdout } = await run(process.execPath, [redocly, "lint", "--format=json", `openapi/${name}`], {
      cwd: ROOT,
    });
    expect(JSON.parse(stdout)).toMatchObject({ totals: { errors: 0, warnings: 0 } });
  });
});

describe("every operation", () => {
  test("is a route of the relay, and every route is one", () => {
    const routes = publicRoutes().map(
      ({ method, template, procedure }) => `${method.toLowerCase()} ${template} ${procedure}`,
    );
    expect(
      operations.map(({ method, path, operation }) => `${method} ${path} ${operation.operationId}`).toSorted(),
    ).toEqual(routes.toSorted());
  });

  test.each(operations)("$method $path says what it is, needs and answers", ({ method, operation }) => {
    expect(operation.operationId).toMatch(/^[a-z][A-Za-z]+$/);
    expect(operation.summary).toBeTruthy();
    expect(operation.description).toBeTruthy();
    expect(["channel", "sender", "recipient", "relay"]).toContain(operation.tags[0]);
    expect(operation.security).toEqual(operation.operationId === "health" ? [] : [{ bearer: [] }, {}]);
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(["200", "400", "500", "503"]));
    expect(operation.requestBody !== undefined).toBe(method === "post");
    for (const parameter of operation.parameters ?? []) {
      expect(parameter.description, parameter.name).toBeTruthy();
      expect(parameter, parameter.name).toHaveProperty("example");
      expect(parameter.schema).not.toHaveProperty("description");
    }
  });

  test("refers to named bodies; only those with required fields are required", () => {
    const bodies = operations.flatMap(({ operation }) => (operation.requestBody === undefined ? [] : [operation]));
    expect(
      Object.fromEntries(bodies.map(({ operationId, requestBody }) => [operationId, requestBody?.required])),
    ).toEqual({
      openChannel: false,
      postToChannel: true,
      postHk: true,
      openSenderPost: false,
      openRecipientPost: false,
      closeChannelPost: false,
    });
    for (const { requestBody } of bodies)
      expect(requestBody?.content["application/json"]?.schema["$ref"]).toBeDefined();
    expect(document.components.schemas["PostToChannelBody"]).toEqual({
      oneOf: [{ $ref: "#/components/schemas/SenderShare" }, { $ref: "#/components/schemas/RecipientShare" }],
    });
  });

  test("says in its query how long to wait, also when it is a POST", () => {
    const waiting = operations.filter(({ operation }) => operation.parameters?.some(({ name }) => name === "wait"));
    expect(waiting.map(({ operation }) => operation.operationId)).toEqual([
      "openChannel",
      "getChannel",
      "getY",
      "getHk",
      "isReady",
    ]);
    expect(document.components.schemas["OpenChannelBody"]?.["properties"]).not.toHaveProperty("wait");
  });
});

describe("the schemas", () => {
  test("have a text for every field, and an example", () => {
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      const properties = schema["properties"];
      for (const [field, value] of Object.entries(isObject(properties) ? properties : {})) {
        if (isObject(value) && "$ref" in value) continue;
        expect(value, `${name}.${field}`).toMatchObject({ description: expect.any(String) as string });
        expect(value, `${name}.${field}`).toHaveProperty("example");
      }
    }
  });

  test("are open, and neither has what costs clients something", () => {
    for (const each of [document, twin]) {
      for (const object of objectsOf(each)) {
        expect(object).not.toHaveProperty("additionalProperties");
        expect(object["maximum"]).not.toBe(Number.MAX_SAFE_INTEGER);
        expect(object["default"]).toBeUndefined();
        expect("allOf" in object && Object.keys(object).length === 1, JSON.stringify(object)).toBe(false);
      }
      expect(Object.keys(each.components.schemas).filter((name) => name.startsWith("error."))).toEqual([]);
      expect(each.servers).toEqual([{ url: "/" }]);
    }
    expect(document.openapi).toBe("3.1.0");
    expect(twin.openapi).toBe("3.0.3");
    expect(
      objectsOf(document).filter((object) => object["type"] === "boolean" && "const" in object).length,
    ).toBeGreaterThan(0);
    expect(
      objectsOf(twin).filter((object) => object["type"] === "boolean" && ("const" in object || "enum" in object)),
    ).toEqual([]);
    expect(objectsOf(document).filter((object) => "nullable" in object)).toEqual([]);
    expect(objectsOf(twin).filter((object) => Array.isArray(object["type"]))).toEqual([]);
  });

  test("every error is a Problem, and every code that a relay answers with is told", () => {
    const text = JSON.stringify(document.components.responses);
    const elsewhere = new Set(["unknown_route", "method_not_allowed", "not_registered"]);
    const answered = Object.entries(PROBLEMS).filter(([code, problem]) => "status" in problem && !elsewhere.has(code));
    for (const [code] of answered) expect(text, code).toContain(`\`${code}\``);
    for (const response of Object.values(document.components.responses)) {
      expect(response["content"]).toMatchObject({
        "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
      });
    }
  });
});

describe("the finishing steps", () => {
  test("shorten null, leave empty bounds and a lone allOf away, and change nothing else", () => {
    const nullable = { anyOf: [{ type: "string", pattern: "^a" }, { type: "null" }], description: "d" };
    expect(tidySchemas(nullable)).toEqual({ type: ["string", "null"], pattern: "^a", description: "d" });
    const union = { anyOf: [{ type: "string" }, { type: "integer" }] };
    expect(tidySchemas(union)).toEqual(union);
    expect(tidySchemas({ type: "integer", minimum: Number.MIN_SAFE_INTEGER, maximum: 5 })).toEqual({
      type: "integer",
      maximum: 5,
    });
    expect(tidySchemas({ allOf: [{ $ref: "#/a" }] })).toEqual({ $ref: "#/a" });
    expect(tidySchemas({ allOf: [{ $ref: "#/a" }], description: "d" })).toEqual({
      allOf: [{ $ref: "#/a" }],
      description: "d",
    });
    expect(tidySchemas({ type: "object", additionalProperties: { type: "string" } })).toEqual({
      type: "object",
      additionalProperties: { type: "string" },
    });
    expect(withoutBooleanEnums({ type: "boolean", enum: [true] })).toEqual({ type: "boolean" });
    expect(withoutBooleanEnums({ type: "string", enum: ["a"] })).toEqual({ type: "string", enum: ["a"] });
  });

  test("make examples of the examples of the fields, through references", () => {
    const schemas = { A: { type: "object", properties: { n: { type: "integer", example: 1 }, odd: 1 } } };
    expect(exampleOf({ $ref: "#/components/schemas/A" }, schemas, [])).toEqual({ n: 1, odd: null });
    expect(exampleOf({ allOf: [{ $ref: "#/components/schemas/A" }], description: "d" }, schemas, ["n"])).toEqual({
      odd: null,
    });
    expect(exampleOf({ $ref: "#/components/schemas/B" }, schemas, [])).toEqual({});
  });
});

test("the relay serves both documents as they are committed", async () => {
  const peer = (await startRelay()).at("127.0.0.1");
  expect((await peer.get("/openapi.json")).text).toBe(committed("openapi.json"));
  expect((await peer.get("/openapi-3.0.json")).text).toBe(committed("openapi-3.0.json"));
});
