import { basename, dirname } from "node:path";
import {
  type BodyPart,
  EntrySizes,
  type LinkEntry,
  type ManifestEntry,
  type ResumeDecision,
} from "../../protocol/index.js";
import { acceptanceOf } from "../acceptance.js";
import { Disk } from "./disk.js";
import type { Destination, Wanted, Written } from "./destination.js";
import { type Earlier, isOwn } from "./earlier.js";
import type { EntrySet } from "../lists/entry-set.js";
import type { HeldFolder } from "./folder-cache.js";
import { type FolderAttributes, Folders } from "./folders.js";
import { cannotWrite, systemCode } from "../fs-errors.js";
import type { Journal } from "../journal/journal.js";
import { LinkTargets } from "./link-targets.js";
import { topOf } from "./offered-manifest.js";
import { type FilePlace, OpenFile } from "../sending/open-file.js";
import { type Goal, makeLink } from "./part-file.js";
import type { Placement, RuleFor } from "./placement.js";
import { Slots } from "./slots.js";

/** Files that may be open at once: small ones are completed, which takes several system calls, while others come. */
const FILES_AT_ONCE = 16;
/** What is smaller is sent again after its process died: as fast, and nothing has to be recorded for it. */
const RESUMED_MIN_BYTES = 1024 * 1024;
/** A file system or a user that may not make links. */
const NO_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/** What becomes known of single entries. */
export interface DiskEvents {
  /** @param savedAs below the folder that receives */
  done(entry: number, savedAs: string): void;
  leftOut(entry: number, why: string): void;
  /** What is there of a file is read again: so many bytes of it so far. */
  checking(entry: number, bytes: number, total: number): void;
  /** The sender's file is another one now: so many bytes that were there are of no use. */
  dropped(entry: number, bytes: number): void;
}

/** What the recipient wants of everything that is written. */
export interface DiskRules {
  readonly ruleFor: RuleFor;
  /** Taken from every mode. */
  readonly umask: number;
}

/** Where an offer goes, and what is there of it from before. */
export interface DiskPlan {
  readonly placement: Placement;
  readonly journal: Journal;
  readonly earlier: Earlier;
}

/** Files and folders on a disk. Entries come in order; what has come of one is in its part until it is whole. */
export class DiskDestination implements Destination {
  readonly #disk = new Disk();
  readonly #placement: Placement;
  readonly #journal: Journal;
  readonly #ruleFor: RuleFor;
  readonly #umask: number;
  readonly #events: DiskEvents;
  readonly #folders: Folders;
  readonly #slots = new Slots(FILES_AT_ONCE);
  readonly #sizes: EntrySizes;
  readonly #complete: EntrySet;
  readonly #givenUp = new Set<number>();
  readonly #completing = new Set<Promise<void>>();
  readonly #links: LinkTargets;
  /** Parts that may be gone on with: from an earlier run until they are looked into, and from an earlier line. */
  readonly #found: Map<number, number>;
  readonly #kept = new Map<number, OpenFile>();
  #open: OpenFile | undefined;
  /** Every entry before it has been seen to. */
  #next = 0;
  #failure: { readonly error: unknown } | undefined;
  #isFinished = false;

  constructor({ placement, journal, earlier }: DiskPlan, { ruleFor, umask }: DiskRules, events: DiskEvents) {
    this.#placement = placement;
    this.#journal = journal;
    this.#ruleFor = ruleFor;
    this.#umask = umask;
    this.#links = new LinkTargets(placement);
    this.#events = events;
    this.#sizes = EntrySizes.of(placement.manifest.entries);
    this.#complete = earlier.complete;
    this.#found = new Map([...earlier.parts].slice(0, FILES_AT_ONCE));
    this.#folders = new Folders(placement.root.path, umask, {
      isOwn: (path) => journal.hasMade(path) || !placement.entered.has(topOf(path)),
      willMake: (path) => journal.willMake(path),
    });
  }

  get outlives(): boolean {
    // A stream cannot be read a second time.
    return this.#journal.outlives && this.#placement.manifest.head.kind === "files";
  }

  isComplete(entry: number): boolean {
    return this.#complete.has(entry);
  }

  async acceptance(signal: AbortSignal): Promise<Wanted> {
    await this.#openFound();
    const resumes = new Map<number, ResumeDecision>();
    for (const [entry, file] of [...this.#kept].sort(([a], [b]) => a - b)) {
      const sha256 = await file.hash(signal, (bytes) => this.#events.checking(entry, bytes, file.bytes));
      if (sha256 !== undefined) resumes.set(entry, { do: "resume", offset: file.bytes, sha256 });
    }
    const acceptance = acceptanceOf(this.#sizes.length, (entry) => this.#isWanted(entry), resumes);
    let resumed = 0;
    for (let entry = 0; entry < this.#sizes.length; entry++)
      if (this.isComplete(entry)) resumed += this.#sizes.sizeOf(entry) ?? 0;
    for (const { offset } of resumes.values()) resumed += offset;
    return { acceptance, resumed };
  }

  async prepare(): Promise<void> {
    if (this.#placement.root.isMissing)
      await this.#folders.makeRoot().catch((cause: unknown) => this.#cannotWrite(0, cause));
    // From now on it is held: what somebody puts in its place changes nothing.
    await (await this.#ensure(0, "")).close();
    await this.#journal.place(this.#placement);
  }

  async restart(): Promise<void> {
    const open = this.#takeOpen();
    if (open !== undefined) {
      this.#slots.give();
      // What has no size begins anew: nobody could say whether the same bytes would come again.
      if (this.#sizes.sizeOf(open.entry) === null) await open.discard();
      else {
        await open.settled();
        this.#kept.set(open.entry, open);
      }
    }
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
    const open = this.#open;
    try {
      if (part.offset < open.bytes) {
        this.#events.dropped(part.entry, open.bytes);
        await open.beginAgain();
      }
    } catch (cause) {
      this.#cannotWrite(part.entry, cause);
    }
    return { done: open.write(part.bytes, (cause) => this.#cannotWrite(part.entry, cause)) };
  }

  async finish(): Promise<void> {
    if (this.#isFinished) return;
    await this.#passTo(this.#sizes.length);
    await this.#completed();
    // Last, when nothing is written any more that could go through one.
    for (let index = 0; index < this.#sizes.length; index++) {
      if (this.#sizes.typeOf(index) !== "link" || !this.#isWanted(index)) continue;
      const link = this.#entry(index);
      if (link?.type === "link") await this.#makeLink(index, link);
    }
    // Before folders get their times, which every change in them changes.
    await this.#journal.clean(this.#placement.root.path);
    await this.#settleFolders();
    await this.#folders.close();
    this.#isFinished = this.#givenUp.size === 0;
  }

  async suspend(): Promise<void> {
    for (const file of this.#leave()) await file.close();
    await Promise.allSettled(this.#completing);
    await this.#folders.close();
  }

  async abandon(): Promise<void> {
    for (const file of this.#leave()) await file.discard();
    await Promise.allSettled(this.#completing);
    await this.end();
    await this.#folders.removeEmpty();
    await this.#folders.close();
  }

  async end(): Promise<void> {
    await this.#journal.end(this.#placement.root.path);
  }

  #isWanted(entry: number): boolean {
    return !this.isComplete(entry) && !this.#placement.isSkipped(entry);
  }

  #entry(index: number): ManifestEntry | undefined {
    return this.#placement.manifest.entries.at(index);
  }

  /** What an earlier run has left, as if this one had. */
  async #openFound(): Promise<void> {
    for (const [entry, bytes] of this.#found) {
      const place = await this.#placeOf(entry);
      this.#found.delete(entry);
      this.#kept.set(entry, OpenFile.found(this.#disk, place, this.#journal.mark, bytes));
    }
  }

  /** Frames for a file begin. */
  async #enter(entry: number): Promise<void> {
    await this.#passTo(entry);
    this.#next = entry + 1;
    await this.#begin(entry);
  }

  /** Sees to everything before an entry: completes the open file, makes folders and files that need no frames. */
  async #passTo(entry: number): Promise<void> {
    this.#completeOpen();
    for (; this.#next < entry; this.#next++) {
      const index = this.#next;
      if (!this.#isWanted(index)) continue;
      const type = this.#sizes.typeOf(index);
      if (type === "dir") await (await this.#ensure(index, this.#placement.savedAs(index))).close();
      // No frame has come for it, and the order of frames was checked: it is empty, or all of it was here.
      if (type !== "file") continue;
      await this.#begin(index);
      this.#completeOpen();
    }
  }

  async #begin(entry: number): Promise<void> {
    await this.#slots.take();
    const kept = this.#kept.get(entry);
    this.#kept.delete(entry);
    this.#open = kept ?? (await this.#create(entry));
  }

  async #create(entry: number): Promise<OpenFile> {
    const place = await this.#placeOf(entry);
    const recorded = this.#recorded(entry, dirname(this.#placement.savedAs(entry)));
    return OpenFile.create(this.#disk, place, this.#journal.mark, recorded);
  }

  async #placeOf(entry: number): Promise<FilePlace> {
    const savedAs = this.#placement.savedAs(entry);
    return { entry, folder: await this.#ensure(entry, dirname(savedAs)), name: basename(savedAs) };
  }

  /** Resolves when a part may be made: whatever dies then, another run knows of it. */
  async #recorded(entry: number, folder: string): Promise<void> {
    await this.#journal.willHoldParts(folder);
    if ((this.#sizes.sizeOf(entry) ?? 0) < RESUMED_MIN_BYTES) return;
    const offered = this.#entry(entry);
    if (offered !== undefined) await this.#journal.begin(offered);
  }

  async #ensure(entry: number, folder: string): Promise<HeldFolder> {
    return await this.#folders.ensure(folder).catch((cause: unknown) => this.#cannotWrite(entry, cause));
  }

  /** Completes the open file while others come. */
  #completeOpen(): void {
    const open = this.#takeOpen();
    if (open === undefined) return;
    const completing = this.#completeFile(open).catch((error: unknown) => {
      this.#failure ??= { error };
    });
    this.#completing.add(completing);
    void completing.finally(() => {
      this.#completing.delete(completing);
      this.#slots.give();
    });
  }

  async #completeFile(file: OpenFile): Promise<void> {
    const { entry } = file;
    const offered = this.#entry(entry);
    try {
      await file.settled();
      const part = await file.part;
      if (offered?.type !== "file") throw new RangeError("not a file");
      const goal = this.#goal(file);
      const savedAs = await part.complete(offered, goal, this.#umask, (info) => this.#journal.finish(offered, info));
      this.#report(entry, savedAs);
      await file.close();
    } catch (cause) {
      await file.discard();
      this.#cannotWrite(entry, cause);
    }
  }

  async #makeLink(entry: number, link: LinkEntry): Promise<void> {
    const target = this.#links.targetOf(link);
    if (target === undefined) return this.#leaveOut(entry, "what it leads to is left out");
    const place = await this.#placeOf(entry);
    await using _folder = place.folder;
    try {
      await this.#journal.willHoldParts(dirname(this.#placement.savedAs(entry)));
      this.#report(entry, await makeLink(this.#disk, { ...link, target }, this.#goal(place), this.#journal.mark));
    } catch (cause) {
      if (!NO_LINKS.has(systemCode(cause) ?? "")) this.#cannotWrite(entry, cause);
      this.#leaveOut(entry, "links cannot be made here");
    }
  }

  async #settleFolders(): Promise<void> {
    const attributes = new Map<string, FolderAttributes>();
    for (let index = 0; index < this.#sizes.length; index++) {
      if (this.#sizes.typeOf(index) !== "dir" || this.#placement.isSkipped(index)) continue;
      const { mode, mtime } = this.#entry(index) ?? { mode: undefined, mtime: undefined };
      const savedAs = this.#placement.savedAs(index);
      attributes.set(savedAs, { mode, mtime });
      if (!this.isComplete(index)) this.#events.done(index, savedAs);
      this.#complete.add(index);
    }
    await this.#folders.settle(attributes).catch((cause: unknown) => this.#cannotWrite(0, cause));
  }

  #leaveOut(entry: number, why: string): void {
    this.#complete.add(entry);
    this.#links.note(entry, undefined);
    this.#events.leftOut(entry, why);
  }

  #goal({ entry, folder, name }: FilePlace): Goal {
    const offered = this.#entry(entry)?.path ?? "";
    return { folder, name, rule: this.#ruleFor(offered), isOwn: (local) => isOwn(this.#journal, offered, local) };
  }

  /** @param name of what is there now; undefined when it was taken meanwhile */
  #report(entry: number, name: string | undefined): void {
    if (name === undefined) return this.#leaveOut(entry, "is there already");
    this.#complete.add(entry);
    const folder = dirname(this.#placement.savedAs(entry));
    const savedAs = folder === "." ? name : `${folder}/${name}`;
    this.#links.note(entry, savedAs);
    this.#events.done(entry, savedAs);
  }

  /** Waits for the files that are being completed. */
  async #completed(): Promise<void> {
    await Promise.all(this.#completing);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #takeOpen(): OpenFile | undefined {
    const open = this.#open;
    this.#open = undefined;
    return open;
  }

  async #discardOpen(): Promise<void> {
    const open = this.#takeOpen();
    if (open === undefined) return;
    await open.discard();
    this.#slots.give();
  }

  /** Every file that is not being completed. */
  #leave(): readonly OpenFile[] {
    const open = this.#takeOpen();
    const files = [...this.#kept.values(), ...(open === undefined ? [] : [open])];
    this.#kept.clear();
    return files;
  }

  #cannotWrite(entry: number, cause: unknown): never {
    throw cannotWrite(this.#entry(entry)?.path ?? "the destination", cause);
  }
}
