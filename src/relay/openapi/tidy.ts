import { deepMap, isObject, listAt, without, type Json, type JsonObject } from "./json.js";

/** What zod writes for a whole number without bounds. */
const UNBOUNDED: ReadonlySet<Json> = new Set([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]);

/**
 * What the generator writes and a reader, or a generator of clients, is better off without. Every step says what it
 * cost a client.
 */
export function tidySchemas(document: JsonObject): JsonObject {
  return deepMap(document, (schema) =>
    [withoutClosedDoor, withoutEmptyBounds, withShortNull, withoutLoneAllOf].reduce(
      (tidied, step) => step(tidied),
      schema,
    ),
  );
}

/**
 * For OpenAPI 3.0 besides: a boolean that can have one value is just a boolean. Else Go and Java get a type, and
 * openapi-generator's Python refuses every answer. In 3.1 `const` stays: TypeScript and Python understand it.
 */
export function withoutBooleanEnums(document: JsonObject): JsonObject {
  return deepMap(document, (schema) => (schema["type"] === "boolean" ? without(schema, "enum", "const") : schema));
}

/**
 * Answers may get more fields one day, so nothing is closed; and `additionalProperties: {}` says what its absence
 * says, but gives TypeScript an index signature, Go 1200 lines and Rust a map.
 */
function withoutClosedDoor(schema: JsonObject): JsonObject {
  const { additionalProperties: additional } = schema;
  const saysNothing = additional === false || (isObject(additional) && Object.keys(additional).length === 0);
  return saysNothing && schema["type"] === "object" ? without(schema, "additionalProperties") : schema;
}

function withoutEmptyBounds(schema: JsonObject): JsonObject {
  const { minimum, maximum } = schema;
  const empty = [
    ...(minimum !== undefined && UNBOUNDED.has(minimum) ? ["minimum"] : []),
    ...(maximum !== undefined && UNBOUNDED.has(maximum) ? ["maximum"] : []),
  ];
  return empty.length === 0 ? schema : without(schema, ...empty);
}

/** `anyOf: [S, { type: "null" }]` as `type: [T, "null"]`. */
function withShortNull(schema: JsonObject): JsonObject {
  const options = listAt(schema, "anyOf");
  const [value, nothing] = options;
  if (options.length !== 2 || nothing?.["type"] !== "null" || typeof value?.["type"] !== "string") return schema;
  return { ...value, ...without(schema, "anyOf"), type: [value["type"], "null"] };
}

/** Redocly warns of an `allOf` around one reference that has nothing beside it. */
function withoutLoneAllOf(schema: JsonObject): JsonObject {
  const [only] = listAt(schema, "allOf");
  return Object.keys(schema).length === 1 && listAt(schema, "allOf").length === 1 && only !== undefined ? only : schema;
}
