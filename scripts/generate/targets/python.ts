import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { inWorkspace, NOTICE, runTool, textFiles } from "../run-tool.js";
import type { Target } from "../target.js";

const PINS = "scripts/codegen/python";
const VENV = ".cache/codegen/python";

/** The Python client. */
export const python: Target = {
  name: "python",
  folder: "clients/python/src/duet_relay/generated",
  // Python leaves its bytecode beside the sources.
  owns: (file) => !file.includes("__pycache__/"),
  tool: {
    name: "openapi-python-client, in the version of its requirements.txt",
    isThere: () =>
      existsSync(`${VENV}/requirements.txt`) &&
      readFileSync(`${VENV}/requirements.txt`, "utf8") === readFileSync(`${PINS}/requirements.txt`, "utf8"),
    install:
      `python3 -m venv --clear ${VENV} && ` +
      `${VENV}/bin/pip install --quiet --require-hashes --requirement ${PINS}/requirements.txt && ` +
      `cp ${PINS}/requirements.txt ${VENV}/`,
  },
  generate: async (documents) => {
    const { withoutSecurity } = await documents();
    return inWorkspace(withoutSecurity, async ({ input, output }) => {
      const bin = path.resolve(VENV, "bin");
      await runTool(
        `${bin}/openapi-python-client`,
        ["generate", "--path", input, "--config", path.resolve(PINS, "config.yaml"), "--meta", "none"].concat([
          "--overwrite",
          "--fail-on-warning",
          "--output-path",
          output,
        ]),
        // It formats with the ruff that is first on the path, whose cache would land among the files.
        { env: { PATH: `${bin}${path.delimiter}${process.env["PATH"] ?? ""}`, RUFF_NO_CACHE: "true" } },
      );
      const isFormatted = (name: string): boolean => name.endsWith(".py") || name === "py.typed";
      return textFiles(output, isFormatted, `# ${NOTICE}`);
    });
  },
};
