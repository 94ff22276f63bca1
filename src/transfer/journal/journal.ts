import type { BigIntStats } from "node:fs";
import type { Manifest, ManifestEntry } from "../../protocol/index.js";
import { fileFingerprint, FingerprintSet, fingerprintOf, nameFingerprint, type Version } from "./fingerprints.js";
import type { Whole } from "./journal-records.js";
import type { JournalLog } from "./journal-store.js";
import { removeParts } from "../disk/leftovers.js";
import { topOf } from "../lists/names.js";

/** What somebody agreed to, as far as a journal keeps it. */
export interface ChosenNames {
  readonly manifest: Manifest;
  /** Topmost folders that were there before the transfer, and are gone into. */
  readonly entered: ReadonlySet<string>;
  /** What a topmost thing is called here; undefined when all of it is left out. */
  nameOf(top: string): string | undefined;
}

/**
 * What a recipient knows of its own unfinished transfer: the names that it chose, which files are whole, and which parts
 * may be gone on with. It says what was begun or done; whether that is still there, the disk says (receiving/earlier.ts).
 */
export class Journal {
  /** In the names of all parts. */
  readonly mark: string;
  /** What an earlier run has come to, if nothing was missing in the end. */
  readonly whole: Whole | undefined;
  readonly #log: JournalLog;
  /** What topmost things are called here, if not as the sender calls them. */
  readonly #renamed = new Map<string, string>();
  /** Topmost folders that have kept their names. */
  readonly #folders = new FingerprintSet();
  /** Topmost folders that were there before the transfer. */
  readonly #entered = new Set<string>();
  readonly #done = new FingerprintSet();
  /** The same, as they are on the disk. */
  readonly #files = new FingerprintSet();
  readonly #begun = new FingerprintSet();
  readonly #made = new FingerprintSet();
  /** Folders in which there may be parts; each record of one leaves before its first part is made. */
  readonly #holding = new FingerprintSet();
  readonly #beingNoted = new Map<string, Promise<void>>();
  /** Those of them that an earlier run has left: what may be in them, this one does not know. */
  readonly #earlierFolders: string[] = [];

  constructor(log: JournalLog) {
    this.#log = log;
    this.mark = log.mark;
    for (const record of log.takeEarlier()) {
      if (record.type === "whole") this.whole = record.whole;
      else if (record.type === "done") {
        this.#done.add(record.fingerprint);
        this.#files.add(record.file);
      } else if (record.type === "begun") this.#begun.add(record.fingerprint);
      else if (record.type === "made") this.#made.add(nameFingerprint(record.path));
      else if (record.type === "top") this.#noteTop(record.top, record.name, record.isEntered);
      else if (record.type === "folder") {
        this.#holding.add(nameFingerprint(record.path));
        this.#earlierFolders.push(record.path);
      }
      // There was more to it after all, in another list.
      if (record.type === "begun" || record.type === "done") this.whole = undefined;
    }
  }

  /** Whether another process could go on with this transfer. */
  get outlives(): boolean {
    return this.#log.outlives;
  }

  /** Whether no file was begun so far, here or in an earlier run. */
  get isEmpty(): boolean {
    return this.#done.size === 0 && this.#begun.size === 0;
  }

  /** What something topmost is called here; undefined when it is a file that has kept its name, or not known. */
  nameOf(top: string): string | undefined {
    return this.#renamed.get(top) ?? (this.#folders.has(nameFingerprint(top)) ? top : undefined);
  }

  /** Whether a topmost folder was there before the transfer. */
  isEntered(top: string): boolean {
    return this.#entered.has(top);
  }

  /** Somebody agreed to this: from now on the names are this transfer's own. */
  async place(chosen: ChosenNames): Promise<void> {
    let latest: string | undefined;
    let noted: Promise<void> | undefined;
    for (const { path, type } of chosen.manifest.entries) {
      const top = topOf(path);
      if (top === latest) continue;
      latest = top;
      const name = chosen.nameOf(top);
      const isFolder = type === "dir" || top !== path;
      if (name === undefined || (name === top && !isFolder) || this.nameOf(top) === name) continue;
      const isEntered = chosen.entered.has(top);
      this.#noteTop(top, name, isEntered);
      noted = this.#log.append({ type: "top", top, name, isEntered });
    }
    // Records keep their order.
    await noted;
  }

  /** A part is about to be made in a folder, below the root. */
  willHoldParts(folder: string): Promise<void> {
    const fingerprint = nameFingerprint(folder);
    if (this.#holding.has(fingerprint)) return this.#beingNoted.get(folder) ?? Promise.resolve();
    this.#holding.add(fingerprint);
    const noted = this.#log.append({ type: "folder", path: folder }).finally(() => this.#beingNoted.delete(folder));
    this.#beingNoted.set(folder, noted);
    return noted;
  }

  /** A folder that was not there is about to be made. */
  async willMake(folder: string): Promise<void> {
    if (this.hasMade(folder)) return;
    this.#made.add(nameFingerprint(folder));
    await this.#log.append({ type: "made", path: folder });
  }

  /** Whether this transfer made a folder, below the root. */
  hasMade(folder: string): boolean {
    return this.#made.size > 0 && this.#made.has(nameFingerprint(folder));
  }

  /** What comes of a file may be gone on with by another process. */
  async begin(entry: ManifestEntry): Promise<void> {
    const fingerprint = fingerprintOf(entry);
    if (this.#begun.has(fingerprint)) return;
    this.#begun.add(fingerprint);
    await this.#log.append({ type: "begun", fingerprint });
  }

  /**
   * A file is whole, and about to get its name.
   *
   * @param info of its part, which nothing changes any more
   */
  async finish(entry: ManifestEntry, info: BigIntStats): Promise<void> {
    const [fingerprint, file] = [fingerprintOf(entry), fileFingerprint(entry.path, info)];
    this.#done.add(fingerprint);
    this.#files.add(file);
    await this.#log.append({ type: "done", fingerprint, file });
  }

  /** All of it is in its place, and the other side is about to be told. */
  async complete(whole: Whole): Promise<void> {
    await this.#log.append({ type: "whole", whole });
  }

  hasBegun(version: Version): boolean {
    return this.#begun.size > 0 && this.#begun.has(fingerprintOf(version));
  }

  /** Whether a version of a file has become whole. Not that it has its name: something else may have been there. */
  hasFinished(version: Version): boolean {
    return this.#done.size > 0 && this.#done.has(fingerprintOf(version));
  }

  /**
   * Whether a file on the disk is, unchanged, the very one that this transfer has put there. On file systems that number
   * their files anew it is not known any more.
   *
   * @param path in the transfer
   */
  hasPut(path: string, info: BigIntStats): boolean {
    return this.#files.size > 0 && this.#files.has(fileFingerprint(path, info));
  }

  /** Removes the parts that an earlier run has left. Those of this one are seen to by who made them. */
  async clean(root: string): Promise<void> {
    await removeParts({ root, mark: this.mark }, this.#earlierFolders.splice(0));
  }

  /** It is left to another process. */
  async close(): Promise<void> {
    await this.#log.close();
  }

  /** The transfer is over, well or not: nothing is remembered. */
  async end(root: string): Promise<void> {
    await this.clean(root);
    await this.#log.remove();
  }

  #noteTop(top: string, name: string, isEntered: boolean): void {
    if (name === top) this.#folders.add(nameFingerprint(top));
    else this.#renamed.set(top, name);
    if (isEntered) this.#entered.add(top);
  }
}
