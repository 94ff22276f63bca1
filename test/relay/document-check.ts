import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { expect } from "vitest";
import type { Answer } from "./support.js";

interface Media {
  readonly schema: { readonly $ref: string };
}
interface Response {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, Media>>;
}
interface Operation {
  readonly responses: Readonly<Record<string, Response>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Readonly<Record<string, Response>> };
}

const document = JSON.parse(readFileSync(new URL("../../openapi/openapi.json", import.meta.url), "utf8")) as Document;
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(document, "duet");
const compiled = new Map<string, ValidateFunction>();

/** Every status that a call to a route of the document gets must be in the document, and the body of its schema. */
export function expectDocumented(method: string, path: string, answer: Answer): void {
  const { pathname } = new URL(path, "http://relay");
  const template = Object.keys(document.paths).find((each) => pattern(each).test(pathname));
  // A method that a route does not have is no operation, nor is what HEAD and OPTIONS get.
  const operation = template === undefined ? undefined : document.paths[template]?.[method.toLowerCase()];
  if (operation === undefined) return;
  const listed = operation.responses[String(answer.status)];
  expect(listed, `${method} ${path} answered ${answer.status} ${answer.text}: is it in the document?`).toBeDefined();
  const response =
    listed?.$ref === undefined ? listed : document.components.responses[listed.$ref.split("/").at(-1) ?? ""];
  const media = response?.content?.[answer.headers["content-type"] ?? ""];
  expect(media, `${method} ${path}: ${answer.headers["content-type"]} is not in the document`).toBeDefined();
  const validate = validatorOf(media?.schema.$ref ?? "");
  expect(validate(answer.body), `${method} ${path}: ${answer.text} ${ajv.errorsText(validate.errors)}`).toBe(true);
}

function validatorOf(ref: string): ValidateFunction {
  const known = compiled.get(ref) ?? ajv.compile({ $ref: `duet${ref}` });
  compiled.set(ref, known);
  return known;
}

function pattern(template: string): RegExp {
  return new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}
