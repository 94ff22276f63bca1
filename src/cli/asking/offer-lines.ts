import { displayName } from "../../transfer/index.js";
import type { Offer, OfferedEntry } from "../report/events.js";
import { formatBytes, formatCount, plural } from "../report/format.js";
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

/**
 * A list that would be cut, told by its folders: each with what is in it. By the topmost names, or by those below if there is
 * only one topmost.
 *
 * @param limit how many lines at most
 * @returns undefined when there are more folders and files than that; their names say more then
 */
export function folderLines(entries: Iterable<OfferedEntry>, limit: number): readonly string[] | undefined {
  const tops = groupsOf(entries, 1, limit);
  const groups = tops?.size === 1 ? groupsOf(entries, 2, limit) : tops;
  if (groups === undefined || groups.size < 2) return undefined;
  const hiddenFirst = [...groups].sort(([a], [b]) => Number(isHidden(b)) - Number(isHidden(a)));
  return hiddenFirst.map(([path, { first, files, bytes }]) =>
    first.path === path && first.type !== "dir"
      ? offerLine(first, "")
      : `${formatBytes(bytes).padStart(SIZE_COLUMNS)}  ${displayName(path)}/  (${plural(files, "file")})`,
  );
}

interface Group {
  readonly first: OfferedEntry;
  files: number;
  bytes: number;
}

/** @returns undefined when there are more than `limit` */
function groupsOf(
  entries: Iterable<OfferedEntry>,
  depth: number,
  limit: number,
): ReadonlyMap<string, Group> | undefined {
  const groups = new Map<string, Group>();
  for (const entry of entries) {
    const parts = entry.path.split("/", depth);
    // The folder itself, which has a line already by what is around it.
    if (parts.length < depth && entry.type === "dir") continue;
    const path = parts.join("/");
    let group = groups.get(path);
    if (group === undefined) {
      if (groups.size === limit) return undefined;
      group = { first: entry, files: 0, bytes: 0 };
      groups.set(path, group);
    }
    if (entry.type === "file") group.files++;
    group.bytes += entry.size ?? 0;
  }
  return groups;
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
