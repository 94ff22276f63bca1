import { readFileSync } from "node:fs";

/**
 * Whether other users of this computer can read the command lines of running programs. On Linux they can, unless
 * /proc is mounted with `hidepid` (proc(5)); on macOS and the BSDs `ps` shows them to everyone; on Windows only an
 * administrator sees those of others. Unknown counts as public: a warning too many costs one line.
 *
 * @param readMounts gives the text of /proc/self/mounts; for tests
 */
export function processListIsPublic(
  platform: NodeJS.Platform = process.platform,
  readMounts: () => string = () => readFileSync("/proc/self/mounts", "utf8"),
): boolean {
  if (platform === "win32") return false;
  if (platform !== "linux") return true;
  try {
    const options = readMounts()
      .split("\n")
      .map((line) => line.split(" "))
      .find(([, at, type]) => at === "/proc" && type === "proc")?.[3];
    return !(options ?? "").split(",").some((option) => /^hidepid=(1|2|4|noaccess|invisible|ptraceable)$/.test(option));
  } catch {
    return true;
  }
}

/** What a person is told once, when the code came on the command line. */
export const CODE_IS_VISIBLE =
  "Others on this computer may see this code in the list of processes: better type it when asked, or set DUET_CODE.";

/**
 * The command line with every word that holds the code replaced, for `process.title`: libuv writes it over the
 * original, so that the list of processes shows the words only for the first moments.
 *
 * @param argv the whole of it, node and script included
 * @param code the code as it was typed
 */
export function maskedTitle(argv: readonly string[], code: string): string {
  const channel = code.slice(0, Math.max(0, code.indexOf("-")));
  return argv.map((word) => word.replaceAll(code, `${channel}-…`)).join(" ");
}
