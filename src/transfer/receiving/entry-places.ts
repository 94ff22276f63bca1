import { basename, dirname } from "node:path";
import type { ManifestEntry } from "../../protocol/index.js";
import { isOwn } from "./earlier.js";
import type { HeldFolder } from "../disk/folder-cache.js";
import { type FolderAttributes, Folders } from "../disk/folders.js";
import { cannotWrite } from "../fs-errors.js";
import type { Journal } from "../journal/journal.js";
import { topOf } from "../lists/names.js";
import type { FilePlace } from "../disk/open-file.js";
import type { Placement, RuleFor } from "./placement.js";
import type { Goal } from "../disk/publish.js";

/** What the recipient wants of everything that is written. */
export interface DiskRules {
  readonly ruleFor: RuleFor;
  /** Taken from every mode. */
  readonly umask: number;
}

/**
 * Where the entries of an offer are written: their folders, made and held, and the rule by which each gets its name. What
 * cannot be made is thrown as a DuetError `cannot_write` or `no_space` that names the entry.
 */
export class EntryPlaces {
  readonly #placement: Placement;
  readonly #journal: Journal;
  readonly #ruleFor: RuleFor;
  readonly #folders: Folders;

  constructor(placement: Placement, journal: Journal, { ruleFor, umask }: DiskRules) {
    this.#placement = placement;
    this.#journal = journal;
    this.#ruleFor = ruleFor;
    this.#folders = new Folders(placement.root.path, umask, {
      isOwn: (path) => journal.hasMade(path) || !placement.entered.has(topOf(path)),
      willMake: (path) => journal.willMake(path),
    });
  }

  /** Makes the folder that receives, if it is missing. From now on it is held: what is put in its place changes nothing. */
  async prepare(): Promise<void> {
    if (this.#placement.root.isMissing)
      await this.#folders.makeRoot().catch((cause: unknown) => this.cannotWrite(0, cause));
    await (await this.#ensure(0, "")).close();
  }

  /** Sees to it that a folder of the offer is there. */
  async makeFolder(entry: number): Promise<void> {
    await (await this.#ensure(entry, this.#placement.savedAs(entry))).close();
  }

  /** @returns where a file or a link will be, in its folder: held until that is closed */
  async placeOf(entry: number): Promise<FilePlace> {
    const savedAs = this.#placement.savedAs(entry);
    return { entry, folder: await this.#ensure(entry, dirname(savedAs)), name: basename(savedAs) };
  }

  /** Resolves when a part of it may be made: whatever dies then, another run knows of it. */
  async willHoldPart(entry: number): Promise<void> {
    await this.#journal.willHoldParts(dirname(this.#placement.savedAs(entry)));
  }

  /** By which rule it gets its name there. */
  goalOf({ entry, folder, name }: FilePlace): Goal {
    const offered = this.#entry(entry)?.path ?? "";
    return { folder, name, rule: this.#ruleFor(offered), isOwn: (local) => isOwn(this.#journal, offered, local) };
  }

  /** Everything is there. @param attributes of folders, by their path below the one that receives */
  async settle(attributes: ReadonlyMap<string, FolderAttributes>): Promise<void> {
    await this.#folders.settle(attributes).catch((cause: unknown) => this.cannotWrite(0, cause));
  }

  /** Removes the folders that were made and have stayed empty. */
  async removeEmpty(): Promise<void> {
    await this.#folders.removeEmpty();
  }

  /** Lets go of all folders that nobody uses. What is needed again is opened again. */
  async close(): Promise<void> {
    await this.#folders.close();
  }

  /** @throws DuetError what it means that an entry was not written */
  cannotWrite(entry: number, cause: unknown): never {
    throw cannotWrite(this.#entry(entry)?.path ?? "the destination", cause);
  }

  async #ensure(entry: number, folder: string): Promise<HeldFolder> {
    return await this.#folders.ensure(folder).catch((cause: unknown) => this.cannotWrite(entry, cause));
  }

  #entry(index: number): ManifestEntry | undefined {
    return this.#placement.manifest.entries.at(index);
  }
}
