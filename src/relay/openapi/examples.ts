import { isList, isObject, objectAt, type Json, type JsonObject } from "./json.js";

/**
 * A whole value made from the examples of the fields.
 *
 * @param schemas `components.schemas`, for references
 * @param leftOut fields that a first try does better without
 */
export function exampleOf(schema: JsonObject, schemas: JsonObject, leftOut: readonly string[]): Json {
  const resolved = resolve(schema, schemas);
  if ("example" in resolved) return resolved["example"] ?? null;
  const properties = objectAt(resolved, "properties");
  const fields = Object.entries(properties).filter(([name]) => !leftOut.includes(name));
  return Object.fromEntries(
    fields.map(([name, field]) => [name, isObject(field) ? exampleOf(field, schemas, []) : null]),
  );
}

/** Follows a reference, also one that 3.0 has to wrap in `allOf` to say something beside it. */
function resolve(schema: JsonObject, schemas: JsonObject): JsonObject {
  const { $ref: reference, allOf } = schema;
  if (typeof reference === "string") return objectAt(schemas, reference.slice(reference.lastIndexOf("/") + 1));
  const [only] = isList(allOf) ? allOf : [];
  return isObject(only) ? resolve(only, schemas) : schema;
}
