/**
 * The client view: what generators of clients are given instead of the 3.0 document. It says the same of every request
 * and every good answer, and less where more costs a client something. Pure; it is a temporary file and not published.
 */
import {
  deepMap,
  isObject,
  type Json,
  type JsonObject,
  mapValues,
  objectAt,
  without,
} from "../../src/relay/openapi/json.js";

/** The view of a whole document. */
export function clientView(document: JsonObject): JsonObject {
  return [withInlinePlainStrings, withoutBounds, withOneProblem].reduce((view, step) => step(view), document);
}

/**
 * The 3.1 document without `security`: that it is optional cannot be told to openapi-python-client, which would make
 * every caller build a client with a token.
 */
export function withoutSecurity(document: JsonObject): JsonObject {
  const paths = mapValues(objectAt(document, "paths"), (methods) =>
    mapValues(methods, (operation) => without(operation, "security")),
  );
  return { ...document, paths, components: without(objectAt(document, "components"), "securitySchemes") };
}

/** What a value must be like, beyond its type. */
const BOUNDS = ["minLength", "maxLength", "pattern", "minimum", "maximum", "minItems", "maxItems"];

/**
 * The relay checks its input. A client that checked too would refuse, while decoding, what a later relay allows; and
 * progenitor makes a type with its own constructor of every bounded text.
 */
function withoutBounds(document: JsonObject): JsonObject {
  return deepMap(document, (object) => (isTyped(object) ? without(object, ...BOUNDS) : object));
}

/** A schema, and not the `properties` of one, which may have a field named `pattern`. */
function isTyped(object: JsonObject): boolean {
  return typeof object["type"] === "string";
}

const PROBLEM_RESPONSE = { $ref: "#/components/responses/Problem" };

/**
 * Every failure is one Problem, of media type JSON. progenitor reads only `application/json`; and with a response for
 * each status Go gets ten pointer fields in every answer, and Rust refuses the statuses that are not listed.
 */
function withOneProblem(document: JsonObject): JsonObject {
  const components = objectAt(document, "components");
  const schema = { $ref: "#/components/schemas/Problem" };
  const problem = { description: "What went wrong.", content: { "application/json": { schema } } };
  const paths = mapValues(objectAt(document, "paths"), (methods) =>
    mapValues(methods, (operation) => {
      const responses = Object.entries(objectAt(operation, "responses"));
      const good = Object.fromEntries(responses.filter(([status]) => status.startsWith("2")));
      return { ...operation, responses: { ...good, "4XX": PROBLEM_RESPONSE, "5XX": PROBLEM_RESPONSE } };
    }),
  );
  return { ...document, paths, components: { ...components, responses: { Problem: problem } } };
}

/** A text that has a name of its own becomes a type of its own, for which Rust takes no `&str`. */
function withInlinePlainStrings(document: JsonObject): JsonObject {
  const components = objectAt(document, "components");
  const schemas = objectAt(components, "schemas");
  const plain = new Map(
    Object.entries(schemas).flatMap(([name, schema]): [string, JsonObject][] =>
      isObject(schema) && schema["type"] === "string" && !("enum" in schema)
        ? [[`#/components/schemas/${name}`, schema]]
        : [],
    ),
  );
  const inlined = deepMap(document, (object) => plain.get(textOf(object["$ref"])) ?? object);
  const names = Object.keys(schemas).filter((name) => plain.has(`#/components/schemas/${name}`));
  const left = without(objectAt(objectAt(inlined, "components"), "schemas"), ...names);
  return { ...inlined, components: { ...objectAt(inlined, "components"), schemas: left } };
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
