import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where the small files of unfinished transfers are kept: `DUET_STATE_DIR`, or the user's own place for such things
 * (XDG on Linux).
 */
export function stateDirectory(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  const chosen = environment["DUET_STATE_DIR"];
  if (chosen !== undefined && chosen !== "") return chosen;
  const home = homedir();
  if (platform === "win32") return join(environment["LOCALAPPDATA"] ?? join(home, "AppData", "Local"), "duet");
  if (platform === "darwin") return join(home, "Library", "Application Support", "duet");
  const state = environment["XDG_STATE_HOME"];
  return join(state !== undefined && state.startsWith("/") ? state : join(home, ".local", "state"), "duet");
}
