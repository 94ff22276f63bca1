import type { Readable } from "node:stream";
import {
  encodeManifestEntry,
  encodeManifestHead,
  type Manifest,
  type ManifestEntry,
  type ManifestHead,
} from "../../protocol/index.js";
import { DuetError } from "../../protocol/problem.js";
import { BytesReader, type EntryReader, openFile, StreamReader } from "./entry-reader.js";
import { TEXT_MAX_BYTES } from "../lists/limits.js";
import type { ExclusionRules } from "./exclusion.js";
import { nameFault } from "../lists/names.js";
import type { Skipped } from "../events.js";
import { walk } from "./walk.js";

/** What a person wants to send. */
export type Content =
  /** Files and folders. */
  | ({ readonly paths: readonly string[] } & ExclusionRules)
  /** Bytes of unknown length, such as standard input; `name` is what the recipient would store it as. */
  | { readonly stream: Readable; readonly name?: string }
  /** Shown by the recipient, not stored. */
  | { readonly text: string };

/** Something that can be offered and read. Made before the relay is asked, so that a wrong path costs nothing. */
export interface Source {
  readonly manifest: Manifest;
  /** What was found and is not part of it. */
  readonly skipped: readonly Skipped[];
  /** How many things are left out on wish, a folder with everything in it as one. */
  readonly excluded?: number;
  /** The manifest as it is sent, in pieces that need not end with a line. */
  lines(): Iterable<Uint8Array>;
  /**
   * Opens a file of the manifest.
   *
   * @throws DuetError `cannot_read`
   */
  open(entry: number): Promise<EntryReader>;
  /** Of files on this machine: where one is. */
  localPath?(entry: number): string;
  /** Lets go of a stream, read or not, and of the list. */
  close(): Promise<void>;
}

const STREAM_NAME = "stdin";
const TEXT_NAME = "text";

/**
 * @throws DuetError `usage` for what cannot be sent, `cannot_read`, and the signal's reason
 */
export async function openSource(content: Content, signal: AbortSignal): Promise<Source> {
  if ("paths" in content) return await pathsSource(content, signal);
  return "text" in content ? textSource(content.text) : streamSource(content.stream, content.name ?? STREAM_NAME);
}

async function pathsSource(
  { paths, ...rules }: { readonly paths: readonly string[] } & ExclusionRules,
  signal: AbortSignal,
): Promise<Source> {
  const walked = await walk(paths, signal, rules);
  const { entries, skipped, excluded } = walked;
  const head: ManifestHead = { kind: "files", entries: entries.length, bytes: entries.sizes.bytes };
  const localPath = (index: number): string => {
    const entry = entries.at(index);
    if (entry === undefined) throw new RangeError("no such entry");
    return walked.localPath(entry.path);
  };
  return {
    manifest: { head, entries },
    skipped,
    excluded,
    lines: () => linesOf(head, entries.raw()),
    open: async (index) => await openFile(localPath(index), entries.sizes.sizeOf(index) ?? 0),
    localPath,
    close: async () => entries.close(),
  };
}

function textSource(text: string): Source {
  const bytes = Buffer.from(text);
  if (bytes.length > TEXT_MAX_BYTES) {
    throw new DuetError("usage", {
      message: `the text is longer than ${TEXT_MAX_BYTES / 1024} KiB`,
      hint: "Send it as a file.",
    });
  }
  const head: ManifestHead = { kind: "text", entries: 1, bytes: bytes.length };
  const entry: ManifestEntry = { path: TEXT_NAME, type: "file", size: bytes.length };
  return {
    manifest: { head, entries: [entry] },
    skipped: [],
    lines: () => linesOf(head, [encodeManifestEntry(entry)]),
    open: async () => new BytesReader(bytes),
    close: async () => {},
  };
}

function streamSource(stream: Readable, name: string): Source {
  const fault = nameFault(name);
  if (fault !== undefined)
    throw new DuetError("usage", { message: `the name ${fault}`, hint: "Choose another with --name." });
  const reader = new StreamReader(stream);
  let isTaken = false;
  const head: ManifestHead = { kind: "stream", entries: 1, bytes: null };
  const entry: ManifestEntry = { path: name, type: "file", size: null };
  return {
    manifest: { head, entries: [entry] },
    skipped: [],
    lines: () => linesOf(head, [encodeManifestEntry(entry)]),
    open: async () => {
      // What has left this process is not kept, so a stream that broke off cannot begin again.
      if (isTaken) throw new DuetError("cannot_read", { message: "a stream cannot be read a second time" });
      isTaken = true;
      return reader;
    },
    close: () => reader.close(),
  };
}

function* linesOf(head: ManifestHead, entries: Iterable<Uint8Array>): Generator<Uint8Array> {
  yield encodeManifestHead(head);
  yield* entries;
}
