import type { Offer as TransferOffer } from "../../transfer/index.js";
import type { Offer } from "../report/events.js";

/**
 * As many entries as an event lists: some 100 KB as one line of JSON. A program that wants more reads the folder when it has
 * arrived; a person is asked about all of it.
 */
export const LISTED_IN_EVENT = 1_000;

/** What is known of an offer on either side. */
export type OfferedList = Pick<TransferOffer, "kind" | "files" | "folders" | "links" | "bytes" | "entries">;

/** Tells of an offer, however long its list is: reads all of it once. */
export function offerEvent({ kind, files, folders, links, bytes, entries }: OfferedList): Offer {
  const listed: Offer["entries"][number][] = [];
  let hidden = 0;
  let folder: string | undefined;
  let first = true;
  for (const entry of entries) {
    if (listed.length < LISTED_IN_EVENT) listed.push(entry);
    if (isHidden(entry.path)) hidden++;
    if (first) folder = entry.type === "dir" ? entry.path : undefined;
    else if (folder !== undefined && !entry.path.startsWith(`${folder}/`)) folder = undefined;
    first = false;
  }
  const name = entries.length === 1 ? listed[0]?.path : folder;
  return {
    event: "offer",
    kind,
    files,
    folders,
    links,
    hidden,
    bytes,
    entries: listed,
    more: entries.length - listed.length,
    ...(name === undefined ? {} : { name }),
  };
}

/**
 * Whether something is not seen when its folder is listed, and may be read by programs at once: `.zshrc`. By the topmost
 * name: what a folder of the sender holds further in is that folder's affair.
 */
export function isHidden(path: string): boolean {
  return path.startsWith(".");
}
