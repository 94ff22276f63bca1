import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { inWorkspace, NOTICE, runTool, withNotice } from "../run-tool.js";
import type { Target } from "../target.js";

/** A workspace of its own, which `npm ci` in the root does not install: the tool wants TypeScript 5.9. */
const WORKSPACE = "scripts/codegen/typescript";
const PACKAGE = `${WORKSPACE}/node_modules/openapi-typescript`;

/** The types of the REST client, for openapi-fetch. */
export const typescript: Target = {
  name: "typescript",
  folder: "clients/typescript/src/generated",
  owns: () => true,
  tool: {
    name: "openapi-typescript, in the version of its lock file",
    isThere: () => versionThere() === versionPinned(),
    install: `npm ci --prefix ${WORKSPACE}`,
  },
  generate: async (documents) => {
    const document = (await documents()).published["openapi.json"] ?? "";
    return inWorkspace(document, async ({ input, output }) => {
      // Without the last option a field with a default would be required in requests.
      const options = ["--alphabetize", "--default-non-nullable", "false", "--output", output];
      await runTool(process.execPath, [`${PACKAGE}/bin/cli.js`, input, ...options]);
      return new Map([["schema.ts", withNotice(readFileSync(output, "utf8"), `// ${NOTICE}`)]]);
    });
  },
};

function versionThere(): string | undefined {
  const file = `${PACKAGE}/package.json`;
  if (!existsSync(file)) return undefined;
  return (JSON.parse(readFileSync(file, "utf8")) as { readonly version: string }).version;
}

function versionPinned(): string | undefined {
  const file = readFileSync(`${WORKSPACE}/package.json`, "utf8");
  return (JSON.parse(file) as { readonly devDependencies: Readonly<Record<string, string>> }).devDependencies[
    "openapi-typescript"
  ];
}
