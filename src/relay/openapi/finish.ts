import type { RelayProblemCode } from "../../protocol/problem.js";
import { exampleOf } from "./examples.js";
import { isList, listAt, isObject, mapValues, objectAt, textAt, without, type Json, type JsonObject } from "./json.js";
import { codesOf, problemResponses, problemSchema, withProblems } from "./problems.js";

/** What the document is told about an operation that the generator does not know. */
export interface OperationFacts {
  /** Of the exchange: the document tells them in this order, what belongs to none last. */
  readonly step?: number | undefined;
  readonly problems: readonly RelayProblemCode[];
  /** Whether it is about a channel, so that callers prove who they are. */
  readonly isGuarded: boolean;
  /** Request bodies worth showing, by name; made from the examples of the fields without it. */
  readonly requests?: Readonly<Record<string, JsonObject>> | undefined;
}

const ref = (section: string, name: string): JsonObject => ({ $ref: `#/components/${section}/${name}` });

/**
 * Turns what trpc-openapi makes into the published document: the errors that really come, named bodies, parameters
 * with their texts, examples. Pure, and the same bytes every time.
 *
 * @param raw the generator's document, tidied
 * @param factsOf by operationId
 */
export function finish(raw: JsonObject, factsOf: (operationId: string) => OperationFacts): JsonObject {
  const bodies: Record<string, Json> = {};
  const used: RelayProblemCode[] = [];
  const schemas = objectAt(objectAt(raw, "components"), "schemas");
  const own = Object.fromEntries(Object.entries(schemas).filter(([name]) => !name.startsWith("error.")));
  const ordered = inOrder(objectAt(raw, "paths"), (operation) => factsOf(textAt(operation, "operationId")).step);
  const paths = mapValues(ordered, (methods) =>
    mapValues(methods, (operation, method) => {
      const facts = factsOf(textAt(operation, "operationId"));
      const codes = codesOf(facts.problems, method, facts.isGuarded);
      used.push(...codes.filter((code) => !used.includes(code)));
      const named = withNamedBody(withParameters(operation), facts, bodies);
      const answer = withAnswer(objectAt(objectAt(operation, "responses"), "200"), own, method);
      const security: JsonObject = facts.isGuarded ? { security: [{ bearer: [] }, {}] } : { security: [] };
      return { ...named, ...security, responses: withProblems(answer, codes) };
    }),
  );
  const components = {
    schemas: sorted({ ...own, ...bodies, Problem: problemSchema }),
    responses: problemResponses(used),
    headers,
    securitySchemes: objectAt(objectAt(raw, "components"), "securitySchemes"),
  };
  return { ...raw, paths, components };
}

/** Paths, and the operations of each, by their step. */
function inOrder(paths: JsonObject, stepOf: (operation: JsonObject) => number | undefined): JsonObject {
  const byStep = (methods: JsonObject, key: string): number => stepOf(objectAt(methods, key)) ?? Infinity;
  const first = (path: string): number =>
    Math.min(...Object.keys(objectAt(paths, path)).map((method) => byStep(objectAt(paths, path), method)));
  const sortedBy = (object: JsonObject, place: (key: string) => number): JsonObject =>
    // Compared, not subtracted: two at infinity are equal.
    Object.fromEntries(
      Object.entries(object).toSorted(([a], [b]) => Number(place(a) > place(b)) - Number(place(a) < place(b))),
    );
  return sortedBy(
    mapValues(paths, (methods) => sortedBy(methods, (method) => byStep(methods, method))),
    first,
  );
}

const headers: JsonObject = {
  RequestId: {
    description: "The id of the request: the caller's own if it sent one.",
    schema: { type: "string" },
    example: "3f1c2e58-7b1d-4a5e-9d0c-2f6b8a7c9e10",
  },
  RetryAfter: { description: "When to come again, in seconds.", schema: { type: "integer" }, example: 7 },
  RateLimit: {
    description: "What is left of the limit, and when it starts anew (draft-ietf-httpapi-ratelimit-headers).",
    schema: { type: "string" },
    example: '"address";r=187;t=12',
  },
  RateLimitPolicy: {
    description: "The limit: requests, and in how many seconds.",
    schema: { type: "string" },
    example: '"address";q=200;w=20',
  },
};

/** Texts and examples belong to the parameter; in its schema, docs and doc comments lose them. */
function withParameters(operation: JsonObject): JsonObject {
  const lifted = listAt(operation, "parameters").map((parameter) => {
    const schema = objectAt(parameter, "schema");
    const texts = pick(schema, "description", "example");
    return { ...without(parameter, "schema"), ...texts, schema: without(schema, "description", "example") };
  });
  const moved = waitOfBody(operation);
  const parameters = [...lifted, ...(moved === undefined ? [] : [moved])];
  return parameters.length === 0 ? without(operation, "parameters") : { ...operation, parameters };
}

/** The generator puts every field of a POST into its body; how long to wait is said in the query, as with GET. */
function waitOfBody(operation: JsonObject): JsonObject | undefined {
  const { wait } = objectAt(bodySchema(operation), "properties");
  if (!isObject(wait)) return undefined;
  return {
    in: "query",
    name: "wait",
    ...pick(wait, "description", "example"),
    schema: without(wait, "description", "example"),
  };
}

function withNamedBody(operation: JsonObject, facts: OperationFacts, bodies: Record<string, Json>): JsonObject {
  const flat = bodySchema(operation);
  if (Object.keys(flat).length === 0) return operation;
  const name = `${capitalised(textAt(operation, "operationId"))}Body`;
  const schema = { ...flat, properties: without(objectAt(flat, "properties"), "wait") };
  Object.assign(bodies, namedBodies(name, schema));
  const isRequired = listOfStrings(schema, "required").length > 0 || name in UNIONS;
  const requests = facts.requests ?? { example: exampleOf(schema, bodies, ["uuid", "round"]) };
  const examples = Object.fromEntries(Object.entries(requests).map(([key, value]) => [key, { value }]));
  return {
    ...operation,
    requestBody: { required: isRequired, content: { "application/json": { schema: ref("schemas", name), examples } } },
  };
}

interface Form {
  readonly name: string;
  readonly description: string;
  readonly required: readonly string[];
}

/** The bodies that are one of several forms. The generator takes flat objects only. */
const UNIONS: Readonly<Record<string, readonly Form[]>> = {
  PostToChannelBody: [
    { name: "SenderShare", description: "What the sender posts.", required: ["x", "curve"] },
    { name: "RecipientShare", description: "What the recipient posts.", required: ["y", "hh_k"] },
  ],
};

/**
 * The body as a component, and the forms of a union as components too: of a `oneOf` that stands in line, oapi-codegen
 * makes code that compiles and sends `{}`.
 */
function namedBodies(name: string, flat: JsonObject): JsonObject {
  const forms = UNIONS[name];
  if (forms === undefined) return { [name]: flat };
  const schemas = forms.map((form): [string, JsonObject] => {
    const properties = pick(objectAt(flat, "properties"), "uuid", "round", ...form.required);
    return [form.name, { type: "object", description: form.description, properties, required: form.required }];
  });
  return { [name]: { oneOf: forms.map((form) => ref("schemas", form.name)) }, ...Object.fromEntries(schemas) };
}

function withAnswer(answer: JsonObject, schemas: JsonObject, method: string): JsonObject {
  const content = mapValues(objectAt(answer, "content"), (media) => ({
    ...media,
    example: exampleOf(objectAt(media, "schema"), schemas, []),
  }));
  const limits =
    method === "post"
      ? { RateLimit: ref("headers", "RateLimit"), "RateLimit-Policy": ref("headers", "RateLimitPolicy") }
      : {};
  return { ...answer, headers: { "X-Request-Id": ref("headers", "RequestId"), ...limits }, content };
}

function bodySchema(operation: JsonObject): JsonObject {
  return objectAt(objectAt(objectAt(objectAt(operation, "requestBody"), "content"), "application/json"), "schema");
}

function pick(object: JsonObject, ...keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => keys.includes(key)));
}

function sorted(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function listOfStrings(object: JsonObject, key: string): readonly Json[] {
  const value = object[key];
  return isList(value) ? value : [];
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
