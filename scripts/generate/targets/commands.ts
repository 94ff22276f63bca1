import { spawnSync } from "node:child_process";

/** @returns whether a program is on the path and says its version */
export function hasCommand(name: string, versionArgument: string): boolean {
  return spawnSync(name, [versionArgument], { stdio: "ignore" }).status === 0;
}
