import { displayName } from "../transfer/index.js";
import type { Offer, OfferedEntry } from "./events.js";
import { formatBytes, formatCount, plural } from "./format.js";

/** As many as fit on a small terminal with the question below them. */
export const LISTED_AT_FIRST = 16;

/** `3 files and 1 folder, 12 MB`. */
export function offerSummary({ kind, entries, files, bytes }: Offer): string {
  if (kind === "text") return `a text of ${plural(bytes ?? 0, "byte")}`;
  if (kind === "stream") return `a stream named ${displayName(entries[0]?.path ?? "")}, of unknown length`;
  const folders = entries.filter(({ type }) => type === "dir").length;
  const links = entries.length - files - folders;
  const parts = [
    ...(files > 0 || entries.length === 0 ? [plural(files, "file")] : []),
    ...(folders > 0 ? [plural(folders, "folder")] : []),
    ...(links > 0 ? [plural(links, "link")] : []),
  ];
  const last = parts.pop() ?? "";
  const list = parts.length === 0 ? last : `${parts.join(", ")} and ${last}`;
  return `${list}, ${formatBytes(bytes ?? 0)}`;
}

/**
 * What is offered, line by line, topmost hidden names first, sizes in a column before the names.
 *
 * @param limit how many entries at most; one that is left out takes the same line as the words that say so
 * @param note what else is to be said of an entry, such as that its name is taken
 */
export function offerLines(offer: Offer, limit: number, note: (path: string) => string = () => ""): string[] {
  const entries = hiddenFirst(offer.entries);
  const listed = entries.length <= limit + 1 ? entries : entries.slice(0, limit);
  const lines = listed.map((entry) => offerLine(entry, note(entry.path)));
  const rest = entries.slice(listed.length);
  if (rest.length === 0) return lines;
  const bytes = rest.reduce((sum, { size }) => sum + (size ?? 0), 0);
  return [...lines, `${" ".repeat(SIZE_COLUMNS)}  … and ${formatCount(rest.length)} more, ${formatBytes(bytes)}`];
}

/** Whether something among it is not seen when its folder is listed, and may be read by programs at once: `.zshrc`. */
export function hasHidden({ entries }: Offer): boolean {
  return entries.some(isHidden);
}

/** However long the list is: what nobody would see afterwards comes before what is cut. */
function hiddenFirst(entries: readonly OfferedEntry[]): readonly OfferedEntry[] {
  return [...entries.filter(isHidden), ...entries.filter((entry) => !isHidden(entry))];
}

/** By the topmost name: what a folder of the sender holds further in is that folder's affair. */
function isHidden({ path }: OfferedEntry): boolean {
  return path.startsWith(".");
}

/** `999 bytes` is the longest. */
const SIZE_COLUMNS = 9;

function offerLine({ path, type, size, target }: OfferedEntry, note: string): string {
  const measure = type === "file" && size !== null ? formatBytes(size) : "";
  const shown = displayName(path);
  const name = type === "dir" ? `${shown}/` : type === "link" ? `${shown} -> ${displayName(target ?? "")}` : shown;
  return `${measure.padStart(SIZE_COLUMNS)}  ${name}${note === "" ? "" : `  (${note})`}`;
}
