import { inWorkspace, NOTICE, runTool, withNotice } from "../run-tool.js";
import type { Target } from "../target.js";
import { hasCommand } from "./commands.js";

const CRATE = "scripts/codegen/rust/Cargo.toml";
const FILE = "generated.rs";
const BUILD = ".cache/codegen/rust";

/** The Rust client, by a crate of ours around progenitor: so the lock file of the crate pins it. */
export const rust: Target = {
  name: "rust",
  folder: "clients/rust/src",
  owns: (file) => file === FILE,
  tool: {
    name: "Rust",
    isThere: () => hasCommand("cargo", "--version"),
    install: "https://rustup.rs (1.88 or newer; it compiles progenitor itself, once, in two minutes)",
  },
  generate: async (documents) => {
    const { clientView } = await documents();
    return inWorkspace(clientView, async ({ input }) => {
      const cargo = ["run", "--quiet", "--locked", "--manifest-path", CRATE, "--target-dir", BUILD];
      const text = await runTool("cargo", [...cargo, "--", input]);
      return new Map([[FILE, withNotice(text, `// ${NOTICE}`)]]);
    });
  },
};
