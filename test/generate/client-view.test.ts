import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { clientView, withoutSecurity } from "../../scripts/generate/client-view.js";
import { deepMap, type JsonObject, without } from "../../src/relay/openapi/json.js";

const read = (name: string): JsonObject =>
  JSON.parse(readFileSync(new URL(`../../openapi/${name}`, import.meta.url), "utf8")) as JsonObject;
const text = (value: unknown): string => JSON.stringify(value);

/** Every object in a document. */
function objectsOf(document: JsonObject): readonly JsonObject[] {
  const found: JsonObject[] = [];
  deepMap(document, (object) => {
    found.push(object);
    return object;
  });
  return found;
}

interface Operations {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: Record<string, unknown> }>>>>;
}

describe("the client view of the published document", () => {
  const document = read("openapi-3.0.json");
  const view = clientView(document);

  test("answers every failure of every operation with the one Problem, as plain JSON", () => {
    const operations = Object.values((view as unknown as Operations).paths).flatMap((path) => Object.values(path));
    expect(operations.length).toBeGreaterThan(10);
    for (const { responses } of operations) {
      expect(Object.keys(responses)).toEqual(["200", "4XX", "5XX"]);
      expect(responses["4XX"]).toEqual({ $ref: "#/components/responses/Problem" });
    }
    expect(text(view)).not.toContain("application/problem+json");
    expect(view["components"]).toMatchObject({
      responses: {
        Problem: { content: { "application/json": { schema: { $ref: "#/components/schemas/Problem" } } } },
      },
    });
  });

  test("bounds nothing, and keeps types, formats, enums, texts and examples", () => {
    for (const object of objectsOf(view))
      for (const bound of ["minLength", "maxLength", "pattern", "minimum", "maximum"])
        expect(object[bound], text(object)).toBeUndefined();
    const kept = (key: string, whole: JsonObject) => objectsOf(whole).filter((object) => key in object).length;
    for (const key of ["operationId", "enum", "format", "nullable", "required", "oneOf"])
      expect(kept(key, view), key).toBe(kept(key, document));
  });

  test("refers to nothing that it does not have", () => {
    for (const { $ref: reference } of objectsOf(view)) {
      if (typeof reference !== "string") continue;
      const found = reference
        .slice(2)
        .split("/")
        .reduce<unknown>((at, key) => (at as JsonObject)[key], view);
      expect(found, reference).toBeDefined();
    }
  });

  test("is the same every time, and leaves the document as it was", () => {
    expect(text(clientView(document))).toBe(text(view));
    expect(document).toEqual(read("openapi-3.0.json"));
  });
});

describe("clientView", () => {
  test("puts a text with a name in line, and keeps an enum's name", () => {
    const ChannelName = { type: "string", pattern: "^[0-9a-z]+$", description: "A name." };
    const Role = { type: "string", enum: ["sender", "recipient"] };
    const properties = {
      channel: { $ref: "#/components/schemas/ChannelName" },
      role: { $ref: "#/components/schemas/Role" },
    };
    const view = clientView({ components: { schemas: { ChannelName, Role, Seat: { type: "object", properties } } } });
    const channel = { type: "string", description: "A name." };
    expect(view["components"]).toMatchObject({
      schemas: { Seat: { type: "object", properties: { channel, role: properties.role } } },
    });
    expect(Object.keys((view["components"] as { schemas: object }).schemas)).toEqual(["Role", "Seat"]);
  });

  test("takes a field that is called pattern for a field", () => {
    const field = { type: "string", description: "What to look for." };
    const Search = { type: "object", properties: { pattern: field, maximum: { type: "integer", maximum: 9 } } };
    expect(clientView({ components: { schemas: { Search } } })["components"]).toMatchObject({
      schemas: { Search: { type: "object", properties: { pattern: field, maximum: { type: "integer" } } } },
    });
  });

  test("takes a field that is called type for a field", () => {
    const properties = { type: { type: "string" }, pattern: { type: "string" } };
    expect(
      clientView({ components: { schemas: { Odd: { type: "object", properties } } } })["components"],
    ).toMatchObject({ schemas: { Odd: { type: "object", properties } } });
  });
});

test("without security nothing is said of tokens, and nothing else is gone", () => {
  const document = read("openapi.json");
  const bare = withoutSecurity(document);
  expect(text(bare)).not.toContain('"security');
  const cut = deepMap(document, (object) => without(object, "security", "securitySchemes"));
  expect(bare).toEqual(cut);
  expect(text(document)).toContain('"security');
});
