import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";

const schema = JSON.parse(readFileSync("docs/events.schema.json", "utf8")) as object;
const validate = new Ajv2020({
  strict: true,
  allowUnionTypes: true,
  formats: { uri: (text: string) => URL.canParse(text) },
}).compile(schema);

/** @returns what docs/events.schema.json finds wrong with an event; nothing when it is one */
export function schemaFaults(event: unknown): readonly string[] {
  return validate(event)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ""}`);
}

/** Reads the standard output of a command that was given `--json`. Every line must be an event of the schema. */
export function readEvents(stdout: string): readonly Record<string, unknown>[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const event = JSON.parse(line) as Record<string, unknown>;
      const faults = schemaFaults(event);
      if (faults.length > 0) throw new Error(`${line} is no event: ${faults.join(", ")}`);
      return event;
    });
}
