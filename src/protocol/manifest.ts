import { utf8 } from "./bytes.js";
import type { EntrySizes } from "./entry-sizes.js";
import { badMessage, encodeLine, LineReader, readLine } from "./json-lines.js";
import { PathTable } from "./path-table.js";
import { PATHS_MAX } from "./paths.js";
import { isCount, isText, type JsonObject } from "./strict-json.js";

/** What the sender offers (PROTOCOL.md section 6, manifest): a head line, then one line for each entry. */

const TARGET_MAX_BYTES = 4096;
const MODE_MAX = 0o777;

export const MANIFEST_KINDS = ["files", "stream", "text"] as const;
/** `stream` and `text` have exactly one entry, a file. */
export type ManifestKind = (typeof MANIFEST_KINDS)[number];

export interface ManifestHead {
  readonly kind: ManifestKind;
  readonly entries: number;
  /** The sum of all sizes; null when a stream does not know. */
  readonly bytes: number | null;
}

interface EntryCommon {
  /** Parts joined by `/`. Valid on the wire; whether it may be a name here is for the destination to say. */
  readonly path: string;
  /** The low nine bits of the mode. */
  readonly mode?: number;
  /** Milliseconds since 1970. */
  readonly mtime?: number;
}

export interface FileEntry extends EntryCommon {
  readonly type: "file";
  /** null only in a stream. */
  readonly size: number | null;
}

export interface DirEntry extends EntryCommon {
  readonly type: "dir";
  readonly size: 0;
}

export interface LinkEntry extends EntryCommon {
  readonly type: "link";
  readonly size: 0;
  /** As it stands in the link: never followed by the protocol, and anything but safe. */
  readonly target: string;
}

export type ManifestEntry = FileEntry | DirEntry | LinkEntry;

/** Entries in the order of their lines, numbered from 0. An array is one; a list that need not be in memory, another. */
export interface EntryList extends Iterable<ManifestEntry> {
  readonly length: number;
  /** Cheapest in ascending order. @returns undefined for a number that no entry has */
  at(index: number): ManifestEntry | undefined;
  /** If the list has them at hand: see `EntrySizes.of`. */
  readonly sizes?: EntrySizes;
}

/** A whole manifest. */
export interface Manifest {
  readonly head: ManifestHead;
  readonly entries: EntryList;
}

export function encodeManifestHead({ kind, entries, bytes }: ManifestHead): Uint8Array {
  return encodeLine({ kind, entries, bytes });
}

export function encodeManifestEntry(entry: ManifestEntry): Uint8Array {
  return encodeLine(entry);
}

/** Where the entries go that a manifest reader has read. */
export interface EntryCollector {
  /** @param line what `decodeManifestEntry` makes this entry of, without its LF; good until the next */
  add(entry: ManifestEntry, line: Uint8Array): void;
}

/** Reads a manifest as its chunks come. Holds what it has read and nothing that was only announced. */
export class ManifestReader {
  readonly #lines = new LineReader();
  readonly #collector: EntryCollector;
  readonly #paths: PathTable;
  #head: ManifestHead | undefined;
  #entries = 0;
  #bytes = 0;

  /** @param paths is asked about every path; an own table if not given */
  constructor(collector: EntryCollector, paths = new PathTable()) {
    this.#collector = collector;
    this.#paths = paths;
  }

  /** @throws DuetError `bad_message` */
  push(plaintext: Uint8Array): void {
    for (const line of this.#lines.push(plaintext)) this.#read(line);
  }

  /** The message has ended. @throws DuetError `bad_message` when it does not add up */
  finish(): ManifestHead {
    for (const line of this.#lines.finish()) this.#read(line);
    const head = this.#head;
    if (head === undefined) throw badMessage("the manifest is empty");
    if (this.#entries !== head.entries) throw badMessage("the manifest has fewer entries than it says");
    if (head.bytes !== null && head.bytes !== this.#bytes) throw badMessage("the sizes do not add up");
    return head;
  }

  #read(line: Uint8Array): void {
    if (this.#head === undefined) this.#head = readHead(readLine(line));
    else this.#add(line, this.#head);
  }

  #add(line: Uint8Array, head: ManifestHead): void {
    const entry = decodeManifestEntry(line);
    if (this.#entries === head.entries) throw badMessage("the manifest has more entries than it says");
    this.#paths.add(entry.path, entry.type);
    this.#bytes += entry.size ?? 0;
    if (!Number.isSafeInteger(this.#bytes)) throw badMessage("the sizes are too large");
    if (entry.size === null && head.kind !== "stream") throw badMessage("a file has no size");
    if (entry.size === null && head.bytes !== null) throw badMessage("the sizes do not add up");
    if (entry.type !== "file" && head.kind !== "files") throw badMessage("a stream or text is a file");
    this.#entries++;
    this.#collector.add(entry, line);
  }
}

function readHead({ kind, entries, bytes }: JsonObject): ManifestHead {
  const known = MANIFEST_KINDS.find((name) => name === kind);
  if (known === undefined || !isCount(entries)) throw badMessage("the head of the manifest is not valid");
  if (entries > PATHS_MAX) throw badMessage("the manifest has too many entries");
  if (known !== "files" && entries !== 1) throw badMessage("a stream or text has one entry");
  if (bytes === null && known === "stream") return { kind: known, entries, bytes };
  if (!isCount(bytes)) throw badMessage("the head of the manifest is not valid");
  return { kind: known, entries, bytes };
}

/**
 * One entry, as far as it can be checked alone.
 *
 * @param bytes a line without its LF
 * @throws DuetError `bad_message`
 */
export function decodeManifestEntry(bytes: Uint8Array): ManifestEntry {
  const line = readLine(bytes);
  const { path, type, size, target } = line;
  if (!isText(path)) throw badMessage("an entry has no path");
  const common = {
    path,
    ...optional("mode", line["mode"], MODE_MAX),
    ...optional("mtime", line["mtime"], Number.MAX_SAFE_INTEGER),
  };
  if (type === "file") {
    if (!isCount(size) && size !== null) throw badMessage("a file has no size");
    return { ...common, type, size };
  }
  // The size of a directory or link is what a file system makes of it, and means nothing to another.
  if (size !== undefined && !isCount(size)) throw badMessage("a size is not valid");
  if (type === "dir") return { ...common, type, size: 0 };
  if (type !== "link") throw badMessage("an entry of an unknown type");
  if (!isTarget(target)) throw badMessage("a link has no valid target");
  return { ...common, type, size: 0, target };
}

/**
 * An entry of a line that `decodeManifestEntry` has taken before and that was kept where nobody else writes: not checked
 * again, which took most of the time of every further look.
 */
export function recallManifestEntry(line: string): ManifestEntry {
  // What it was then.
  const { path, type, size, mode, mtime, target = "" } = JSON.parse(line) as CheckedLine;
  const common = { path, ...(mode === undefined ? {} : { mode }), ...(mtime === undefined ? {} : { mtime }) };
  if (type === "file") return { ...common, type, size };
  return type === "dir" ? { ...common, type, size: 0 } : { ...common, type, size: 0, target };
}

interface CheckedLine extends EntryCommon {
  readonly type: ManifestEntry["type"];
  readonly size: number | null;
  readonly target?: string;
}

/** A number that may be absent, but not wrong. */
function optional<Key extends "mode" | "mtime">(
  key: Key,
  value: unknown,
  max: number,
): { readonly [K in Key]?: number } {
  if (value === undefined) return {};
  if (!isCount(value) || value > max) throw badMessage(`a ${key} is not valid`);
  // A computed key loses its literal type.
  return { [key]: value } as { readonly [K in Key]: number };
}

function isTarget(value: unknown): value is string {
  return isText(value) && value !== "" && !value.includes("\0") && utf8(value).length <= TARGET_MAX_BYTES;
}
