import { readdirSync } from "node:fs";
import { NOTICE } from "../run-tool.js";
import type { Target } from "../target.js";

const FOLDER = "src/relay/procedures";

/** The list of all procedures, from which the router is made: so a new one is one file in their folder. */
export const procedures: Target = {
  name: "procedures",
  folder: "src/relay/generated",
  owns: () => true,
  generate: () => {
    const names = readdirSync(FOLDER).filter((name) => name.endsWith(".ts"));
    const lines = names.toSorted().map((name) => `export * from "../procedures/${name.replace(/ts$/, "js")}";\n`);
    return Promise.resolve(new Map([["procedures.ts", `// ${NOTICE}\n${lines.join("")}`]]));
  },
};
