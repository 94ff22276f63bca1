import type { Offer } from "./events.js";
import { plural } from "./format.js";
import { cleanLine } from "../terminal/clean.js";

/** What a progress line calls the whole of an offer. */
export function offerLabel({ kind, entries, more, files, name }: Offer): string {
  if (kind === "text") return "a text";
  if (entries.length === 0) return "nothing";
  if (name === undefined) return plural(files, "file");
  return entries.length + more === 1 ? cleanLine(name) : `${cleanLine(name)}/`;
}
