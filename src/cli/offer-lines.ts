import { displayName } from "../transfer/index.js";
import type { Offer, OfferedEntry } from "./events.js";
import { formatBytes, formatCount, plural } from "./format.js";
import { isHidden } from "./offer-event.js";

/** As many as fit on a small terminal with the question below them. */
export const LISTED_AT_FIRST = 16;

/** `3 files and 1 folder, 12 MB`. */
export function offerSummary({ kind, files, folders, links, bytes, name = "" }: Offer): string {
  if (kind === "text") return `a text of ${plural(bytes ?? 0, "byte")}`;
  if (kind === "stream") return `a stream named ${displayName(name)}, of unknown length`;
  const parts = [
    ...(files > 0 || folders + links === 0 ? [plural(files, "file")] : []),
    ...(folders > 0 ? [plural(folders, "folder")] : []),
    ...(links > 0 ? [plural(links, "link")] : []),
  ];
  const last = parts.pop() ?? "";
  const list = parts.length === 0 ? last : `${parts.join(", ")} and ${last}`;
  return `${list}, ${formatBytes(bytes ?? 0)}`;
}

/** All that is offered, and what is to be said of single entries, such as that a name is taken. */
export interface ListedOffer {
  readonly offer: Offer;
  /** The whole list, which may be far too long to be held. */
  readonly entries: Iterable<OfferedEntry>;
  readonly note: (entry: OfferedEntry, index: number) => string | Promise<string>;
}

/**
 * What is offered, line by line, topmost hidden names first: however long the list is, what nobody would see afterwards
 * comes before what is cut. Sizes stand in a column before the names.
 *
 * @param limit how many entries at most; one that is left out takes the same line as the words that say so
 */
export async function* offerLines({ offer, entries, note }: ListedOffer, limit: number): AsyncGenerator<string> {
  const count = countOf(offer);
  let left = count <= limit + 1 ? count : limit;
  let bytes = offer.bytes ?? 0;
  for (const hidden of offer.hidden > 0 ? [true, false] : [false]) {
    let index = -1;
    for (const entry of entries) {
      index++;
      if (left === 0) break;
      if (isHidden(entry.path) !== hidden) continue;
      yield offerLine(entry, await note(entry, index));
      left--;
      bytes -= entry.size ?? 0;
    }
  }
  if (count <= limit + 1) return;
  yield `${" ".repeat(SIZE_COLUMNS)}  … and ${formatCount(count - limit)} more, ${formatBytes(bytes)}`;
}

/** Whether a list of so many lines would be cut. */
export function isCut(offer: Offer, limit: number): boolean {
  return countOf(offer) > limit + 1;
}

function countOf({ entries, more }: Offer): number {
  return entries.length + more;
}

/** `999 bytes` is the longest. */
const SIZE_COLUMNS = 9;

function offerLine({ path, type, size, target }: OfferedEntry, note: string): string {
  const measure = type === "file" && size !== null ? formatBytes(size) : "";
  const shown = displayName(path);
  const name = type === "dir" ? `${shown}/` : type === "link" ? `${shown} -> ${displayName(target ?? "")}` : shown;
  return `${measure.padStart(SIZE_COLUMNS)}  ${name}${note === "" ? "" : `  (${note})`}`;
}
