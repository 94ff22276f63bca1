import { documentText } from "../../src/relay/openapi/build.js";
import type { Target } from "./target.js";

/** The document, and its twin for generators that read no OpenAPI 3.1. */
export const documents: Target = {
  name: "documents",
  folder: "openapi",
  generate: () =>
    Promise.resolve(
      new Map([
        ["openapi.json", documentText("3.1.0")],
        ["openapi-3.0.json", documentText("3.0.3")],
      ]),
    ),
};
