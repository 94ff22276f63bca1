import type { Offer } from "./events.js";
import { plural } from "./format.js";
import { cleanLine } from "./terminal/clean.js";

/** What a progress line calls the whole of an offer. */
export function offerLabel({ kind, entries, files }: Offer): string {
  const [first] = entries;
  if (kind === "text") return "a text";
  if (first === undefined) return "nothing";
  if (entries.length === 1 || kind === "stream") return cleanLine(first.path);
  const top = first.path.split("/")[0] ?? "";
  const oneFolder = first.type === "dir" && entries.every(({ path }) => path === top || path.startsWith(`${top}/`));
  return oneFolder ? `${cleanLine(top)}/` : plural(files, "file");
}
