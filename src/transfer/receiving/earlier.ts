import type { Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { ManifestEntry } from "../../protocol/index.js";
import { EntrySet } from "../lists/entry-set.js";
import { ifMissing } from "../fs-errors.js";
import type { Journal } from "../journal/journal.js";
import { partName } from "../lists/names.js";
import type { Placement } from "./placement.js";
import type { OwnThings } from "./planner.js";

/** Enough to keep the thread pool busy while a network file system answers. */
const LOOKS_AT_ONCE = 32;
/** FAT keeps the time of a change to two seconds. */
const MTIME_TOLERANCE_MS = 2_000;
/**
 * A process that dies has up to four chunks on their way to the disk, in no order: what is before them has no hole. (A
 * loss of power may leave others; the hash shows them.)
 */
const UNORDERED_BYTES = 4 * 1024 * 1024;

/** What is on the disk of a transfer that an earlier run has begun. */
export interface Earlier {
  /** Files that are whole, in their places, and still what was put there. */
  readonly complete: EntrySet;
  /** Parts to go on with: how many bytes are there, by entry, ascending. */
  readonly parts: ReadonlyMap<number, number>;
  /** Bytes in both. */
  readonly bytes: number;
}

/** Looks for what the journal speaks of. Reads, and writes nothing. */
export async function findEarlier(placement: Placement, journal: Journal): Promise<Earlier> {
  const { entries } = placement.manifest;
  const complete = new EntrySet(entries.length);
  const found: (readonly [entry: number, bytes: number])[] = [];
  let bytes = 0;
  const look = async (index: number, entry: ManifestEntry): Promise<void> => {
    const state = await stateOf(join(placement.root.path, placement.savedAs(index)), entry, journal);
    if (state.isComplete) complete.add(index);
    else if (state.bytes > 0) found.push([index, state.bytes]);
    bytes += state.bytes;
  };
  let looks: Promise<void>[] = [];
  let index = 0;
  for (const entry of journal.isEmpty ? [] : entries) {
    if (isSpokenOf(entry, journal) && !placement.isSkipped(index)) looks.push(look(index, entry));
    index++;
    if (looks.length < LOOKS_AT_ONCE) continue;
    await Promise.all(looks);
    looks = [];
  }
  await Promise.all(looks);
  return { complete, parts: new Map(found.sort(([a], [b]) => a - b)), bytes };
}

/** What a placement asks of a journal. */
export function ownThings(journal: Journal): OwnThings {
  return {
    nameOf: (top) => journal.nameOf(top),
    isEntered: (top) => journal.isEntered(top),
    isOwn: async (path, local) => {
      const info = await lstat(local).catch(ifMissing);
      if (info?.isFile() !== true) return false;
      return journal.hasFinished({ path, size: info.size, mtime: Math.floor(info.mtimeMs) });
    },
  };
}

/**
 * Whether what is at a place may be replaced under every rule: this transfer has put it there, an older version of what is
 * offered now, and nobody has changed it. Stricter than what a placement asks, by which nothing is lost: a file that
 * somebody else has put there is not ours, be it of the same size and time.
 *
 * @param path in the transfer
 */
export async function isOwn(journal: Journal, path: string, local: string): Promise<boolean> {
  // What cannot be looked at is left alone.
  const info = await lstat(local, { bigint: true }).catch(() => undefined);
  return info?.isFile() === true && journal.hasPut(path, info);
}

function isSpokenOf(entry: ManifestEntry, journal: Journal): boolean {
  if (entry.type !== "file" || entry.size === null) return false;
  return journal.hasFinished(entry) || journal.hasBegun(entry);
}

async function stateOf(
  path: string,
  entry: ManifestEntry,
  journal: Journal,
): Promise<{ readonly isComplete: boolean; readonly bytes: number }> {
  const size = entry.size ?? 0;
  const [whole, part] = await Promise.all([
    lstat(path).catch(ifMissing),
    lstat(join(dirname(path), partName(basename(path), journal.mark))).catch(ifMissing),
  ]);
  const isDone = journal.hasFinished(entry);
  // The record is written before the file gets its name. So what has the name may be an old file, as long as there is a
  // part; but not when the two are one, which had the old name still to be taken away.
  const isNamed = part === undefined || (whole?.ino === part.ino && whole.dev === part.dev);
  if (isDone && isNamed && isAsOffered(whole, entry)) return { isComplete: true, bytes: size };
  if (part?.isFile() !== true || part.nlink !== 1) return { isComplete: false, bytes: 0 };
  if (isDone && part.size === size) return { isComplete: false, bytes: size };
  if (!journal.hasBegun(entry)) return { isComplete: false, bytes: 0 };
  return { isComplete: false, bytes: Math.min(size, Math.max(0, part.size - UNORDERED_BYTES)) };
}

function isAsOffered(info: Stats | undefined, { size, mtime }: ManifestEntry): boolean {
  if (info?.isFile() !== true || info.size !== size) return false;
  return mtime === undefined || Math.abs(info.mtimeMs - mtime) <= MTIME_TOLERANCE_MS;
}
