import { basename, dirname, join } from "node:path";
import { type Acceptance, type BodyPart, EntrySizes, type LinkEntry, type ManifestEntry } from "../protocol/index.js";
import { acceptanceOf } from "./acceptance.js";
import type { Destination, Written } from "./destination.js";
import { EntrySet } from "./entry-set.js";
import { type FolderAttributes, Folders } from "./folders.js";
import { cannotWrite, systemCode } from "./fs-errors.js";
import { LinkTargets } from "./link-targets.js";
import { makeLink, PartFile } from "./part-file.js";
import type { Placement, TakenRule } from "./placement.js";
import { Slots } from "./slots.js";
import { quiet } from "./waiting.js";

/** Files that may be open at once: small ones are completed, which takes several system calls, while others come. */
const FILES_AT_ONCE = 16;
/** A file system or a user that may not make links. */
const NO_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/** What becomes known of single entries. */
export interface DiskEvents {
  /** @param savedAs below the folder that receives */
  done(entry: number, savedAs: string): void;
  leftOut(entry: number, why: string): void;
}

/** What the recipient wants of everything that is written. */
export interface DiskRules {
  readonly rule: TakenRule;
  /** Taken from every mode. */
  readonly umask: number;
}

interface OpenFile {
  readonly entry: number;
  readonly file: Promise<PartFile>;
  readonly writes: Set<Promise<void>>;
}

/** Files and folders on a disk. Entries come in order; what has come of one is in `<name>.part` until it is whole. */
export class DiskDestination implements Destination {
  readonly keepsBytes = false;
  readonly #placement: Placement;
  readonly #rule: TakenRule;
  readonly #umask: number;
  readonly #events: DiskEvents;
  readonly #folders: Folders;
  readonly #slots = new Slots(FILES_AT_ONCE);
  readonly #sizes: EntrySizes;
  readonly #complete: EntrySet;
  readonly #givenUp = new Set<number>();
  readonly #completing = new Set<Promise<void>>();
  #open: OpenFile | undefined;
  readonly #links: LinkTargets;
  /** Every entry before it has been seen to. */
  #next = 0;
  #failure: { readonly error: unknown } | undefined;
  #isFinished = false;

  /** @param previous what was written to for an earlier offer of this transfer: its complete files stay complete */
  constructor(placement: Placement, { rule, umask }: DiskRules, events: DiskEvents, previous?: DiskDestination) {
    const { entries } = placement.manifest;
    this.#placement = placement;
    this.#rule = rule;
    this.#umask = umask;
    this.#links = new LinkTargets(placement);
    this.#events = events;
    this.#folders = previous === undefined ? new Folders(placement.root.path, umask) : previous.#folders;
    this.#sizes = EntrySizes.of(entries);
    this.#complete = new EntrySet(entries.length);
    if (previous !== undefined) this.#keep(previous.complete());
  }

  /** Where things go, for another offer of this transfer. */
  get placement(): Placement {
    return this.#placement;
  }

  isComplete(entry: number): boolean {
    return this.#complete.has(entry);
  }

  acceptance(): Acceptance {
    return acceptanceOf(this.#sizes.length, (entry) => this.#isWanted(entry));
  }

  async prepare(): Promise<void> {
    if (this.#placement.root.isMissing)
      await this.#folders.makeRoot().catch((cause: unknown) => this.#cannotWrite(0, cause));
  }

  async restart(): Promise<void> {
    await this.#discardOpen();
    await this.#completed();
    this.#next = 0;
    this.#givenUp.clear();
  }

  async take(part: BodyPart): Promise<Written> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#open?.entry !== part.entry) await this.#enter(part.entry);
    if (part.kind === "given-up") {
      this.#givenUp.add(part.entry);
      await this.#discardOpen();
    }
    if (part.kind !== "data" || this.#open === undefined) return { done: Promise.resolve() };
    const { file, writes } = this.#open;
    const done = file
      .then((open) => open.write(part.bytes, part.offset))
      .catch((cause: unknown) => this.#cannotWrite(part.entry, cause));
    writes.add(done);
    const settled = (): void => void writes.delete(done);
    done.then(settled, settled);
    return { done };
  }

  async finish(): Promise<void> {
    if (this.#isFinished) return;
    await this.#passTo(this.#sizes.length);
    await this.#completed();
    const { entries } = this.#placement.manifest;
    // Last, when nothing is written any more that could go through one.
    for (let index = 0; index < this.#sizes.length; index++) {
      if (this.#sizes.typeOf(index) !== "link" || !this.#isWanted(index)) continue;
      const link = entries.at(index);
      if (link?.type === "link") await this.#makeLink(index, link);
    }
    const attributes = new Map<string, FolderAttributes>();
    for (let index = 0; index < this.#sizes.length; index++) {
      if (this.#sizes.typeOf(index) !== "dir" || this.#placement.isSkipped(index)) continue;
      const { mode, mtime } = entries.at(index) ?? { mode: undefined, mtime: undefined };
      const savedAs = this.#placement.savedAs(index);
      attributes.set(savedAs, { mode, mtime });
      if (!this.isComplete(index)) this.#events.done(index, savedAs);
      this.#complete.add(index);
    }
    await this.#folders.settle(attributes).catch((cause: unknown) => this.#cannotWrite(0, cause));
    this.#isFinished = this.#givenUp.size === 0;
  }

  async abandon(): Promise<void> {
    await this.#discardOpen();
    await Promise.allSettled(this.#completing);
    await this.#folders.removeEmpty();
  }

  /** The files that are in their places. */
  complete(): ReadonlyMap<string, ManifestEntry> {
    const { entries } = this.#placement.manifest;
    const complete = new Map<string, ManifestEntry>();
    for (let index = 0; index < this.#sizes.length; index++) {
      const entry = this.isComplete(index) && this.#sizes.isFile(index) ? entries.at(index) : undefined;
      if (entry !== undefined) complete.set(entry.path, entry);
    }
    return complete;
  }

  /** @param complete what is in its place of an earlier offer */
  #keep(complete: ReadonlyMap<string, ManifestEntry>): void {
    let index = 0;
    for (const entry of this.#placement.manifest.entries) {
      if (isSame(entry, complete.get(entry.path))) this.#complete.add(index);
      index++;
    }
  }

  #isWanted(entry: number): boolean {
    return !this.isComplete(entry) && !this.#placement.isSkipped(entry);
  }

  /** Frames for a file begin. */
  async #enter(entry: number): Promise<void> {
    await this.#passTo(entry);
    this.#next = entry + 1;
    await this.#begin(entry);
  }

  /** Sees to everything before an entry: completes the open file, makes folders and empty files. */
  async #passTo(entry: number): Promise<void> {
    this.#completeOpen();
    for (; this.#next < entry; this.#next++) {
      const index = this.#next;
      if (!this.#isWanted(index)) continue;
      const type = this.#sizes.typeOf(index);
      if (type === "dir") await this.#ensure(index, this.#placement.savedAs(index));
      // No frame has come for it, and the order of frames was checked: it is empty.
      if (type !== "file") continue;
      await this.#begin(index);
      this.#completeOpen();
    }
  }

  async #begin(entry: number): Promise<void> {
    const savedAs = this.#placement.savedAs(entry);
    await this.#ensure(entry, dirname(savedAs));
    await this.#slots.take();
    const isReserved = (path: string): boolean => this.#placement.isReserved(entry, basename(path));
    const file = PartFile.create(join(this.#placement.root.path, savedAs), isReserved);
    quiet(file);
    this.#open = { entry, file, writes: new Set() };
  }

  async #ensure(entry: number, folder: string): Promise<void> {
    await this.#folders.ensure(folder).catch((cause: unknown) => this.#cannotWrite(entry, cause));
  }

  /** Completes the open file while others come. */
  #completeOpen(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    const completing = this.#completeFile(open).catch((error: unknown) => {
      this.#failure ??= { error };
    });
    this.#completing.add(completing);
    void completing.finally(() => {
      this.#completing.delete(completing);
      this.#slots.give();
    });
  }

  async #completeFile({ entry, file, writes }: OpenFile): Promise<void> {
    const offered = this.#placement.manifest.entries.at(entry);
    try {
      await Promise.all(writes);
      const part = await file;
      const savedAs = this.#placement.savedAs(entry);
      if (offered?.type !== "file") throw new RangeError("not a file");
      this.#report(entry, await part.complete(offered, this.#goal(savedAs), this.#umask));
    } catch (cause) {
      await file.then((part) => part.discard()).catch(() => {});
      this.#cannotWrite(entry, cause);
    }
  }

  async #makeLink(entry: number, link: LinkEntry): Promise<void> {
    const savedAs = this.#placement.savedAs(entry);
    const target = this.#links.targetOf(link);
    if (target === undefined) return this.#leaveOut(entry, "what it leads to is left out");
    await this.#ensure(entry, dirname(savedAs));
    try {
      this.#report(entry, await makeLink({ ...link, target }, this.#goal(savedAs)));
    } catch (cause) {
      if (!NO_LINKS.has(systemCode(cause) ?? "")) this.#cannotWrite(entry, cause);
      this.#leaveOut(entry, "links cannot be made here");
    }
  }

  #leaveOut(entry: number, why: string): void {
    this.#complete.add(entry);
    this.#links.note(entry, undefined);
    this.#events.leftOut(entry, why);
  }

  #goal(savedAs: string): { readonly path: string; readonly rule: TakenRule } {
    return { path: join(this.#placement.root.path, savedAs), rule: this.#rule };
  }

  /** @param path where it is now; undefined when its name was taken meanwhile */
  #report(entry: number, path: string | undefined): void {
    if (path === undefined) return this.#leaveOut(entry, "is there already");
    this.#complete.add(entry);
    const savedAs = path.slice(this.#placement.root.path.length + 1);
    this.#links.note(entry, savedAs);
    this.#events.done(entry, savedAs);
  }

  /** Waits for the files that are being completed. */
  async #completed(): Promise<void> {
    await Promise.all(this.#completing);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #discardOpen(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    await Promise.allSettled(open.writes);
    await open.file.then((part) => part.discard()).catch(() => {});
    this.#slots.give();
  }

  #cannotWrite(entry: number, cause: unknown): never {
    throw cannotWrite(this.#placement.manifest.entries.at(entry)?.path ?? "the destination", cause);
  }
}

/** Whether a file is still offered as it was when it was completed. */
function isSame(offered: ManifestEntry, complete: ManifestEntry | undefined): boolean {
  return (
    complete?.type === offered.type &&
    complete.size === offered.size &&
    complete.mtime === offered.mtime &&
    complete.mode === offered.mode
  );
}
