import { execFile } from "node:child_process";
import process from "node:process";
import { promisify } from "node:util";
import type { JsonObject } from "../../src/relay/openapi/json.js";
import { clientView, withoutSecurity } from "./client-view.js";
import type { Target } from "./target.js";

const TIMEOUT_MS = 60_000;
/** The documents are 100 KB each; Node kills a child that prints more than this. */
const OUTPUT_MAX_BYTES = 16 * 1024 * 1024;

/** The published documents, and what is made from them for the generators. */
export interface Documents {
  /** The files of `openapi/`, by name. */
  readonly published: Readonly<Record<string, string>>;
  /** OpenAPI 3.1 without `security`: for Python. */
  readonly withoutSecurity: JsonObject;
  /** The view of the 3.0 twin: for Go, Rust and Java. */
  readonly clientView: JsonObject;
}

/**
 * Makes the documents in a process of its own, which loads the router as it is on disk at that moment: the list of
 * procedures may have been generated just before.
 */
export async function makeDocuments(): Promise<Documents> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["scripts/run.mjs", "scripts/generate/print-documents.ts"],
    { timeout: TIMEOUT_MS, maxBuffer: OUTPUT_MAX_BYTES },
  );
  const published = JSON.parse(stdout) as Record<string, string>;
  const parsed = (name: string): JsonObject => JSON.parse(published[name] ?? "{}") as JsonObject;
  return {
    published,
    withoutSecurity: withoutSecurity(parsed("openapi.json")),
    clientView: clientView(parsed("openapi-3.0.json")),
  };
}

/** The document, and its twin for generators that read no OpenAPI 3.1. */
export const documents: Target = {
  name: "documents",
  folder: "openapi",
  owns: () => true,
  generate: async (made) => new Map(Object.entries((await made()).published)),
};
