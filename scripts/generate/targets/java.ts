import path from "node:path";
import { inWorkspace, NOTICE, runTool, textFiles } from "../run-tool.js";
import type { Target } from "../target.js";
import { hasCommand } from "./commands.js";

const POM = "clients/java/codegen/pom.xml";
/** By its full name, since Maven has no lock file. */
const GOAL = "org.openapitools:openapi-generator-maven-plugin:7.25.0:generate";

/** The Java client. */
export const java: Target = {
  name: "java",
  folder: "clients/java/src/generated/java",
  owns: () => true,
  tool: {
    name: "Maven",
    isThere: () => hasCommand("mvn", "--version"),
    install: "https://maven.apache.org (3.8 or newer, with a JDK 17; it fetches openapi-generator itself)",
  },
  generate: async (documents) => {
    const { clientView } = await documents();
    return inWorkspace(clientView, async ({ input, output }) => {
      const properties = [`-Ddocument=${input}`, `-Dtarget=${output}`];
      await runTool("mvn", ["-B", "-ntp", "-q", "-f", path.resolve(POM), ...properties, GOAL]);
      return textFiles(`${output}/java`, (name) => name.endsWith(".java"), `// ${NOTICE}`);
    });
  },
};
