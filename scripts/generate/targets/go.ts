import { copyFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { inWorkspace, runTool, textFiles } from "../run-tool.js";
import type { Target } from "../target.js";
import { hasCommand } from "./commands.js";

const CLIENT = "clients/go";

const isGenerated = (name: string): boolean => name.endsWith(".gen.go");

/** The Go client. Its generator is pinned in a module of its own, so that users of the client do not see its dependencies. */
export const go: Target = {
  name: "go",
  folder: `${CLIENT}/relay`,
  owns: isGenerated,
  tool: {
    name: "Go",
    isThere: () => hasCommand("go", "version"),
    install: "https://go.dev/dl (1.25 or newer; it fetches oapi-codegen itself)",
  },
  generate: async (documents) => {
    const { clientView } = await documents();
    return inWorkspace(clientView, async ({ folder, input }) => {
      // `go tool` wants the module that names the tool around it; the configuration says where to write.
      for (const file of ["go.mod", "go.sum"]) await copyFile(`${CLIENT}/tools/${file}`, path.join(folder, file));
      await mkdir(path.join(folder, "relay"));
      const config = path.resolve(CLIENT, "oapi-codegen.yaml");
      await runTool("go", ["tool", "oapi-codegen", "-config", config, input], { cwd: folder });
      return textFiles(path.join(folder, "relay"), isGenerated, undefined);
    });
  },
};
