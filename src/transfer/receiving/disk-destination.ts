import {
  type BodyPart,
  EntrySizes,
  type LinkEntry,
  type ManifestEntry,
  type ResumeDecision,
} from "../../protocol/index.js";
import { acceptanceOf } from "../acceptance.js";
import { Arrivals, type DiskEvents } from "./arrivals.js";
import type { Destination, Wanted, Written } from "./destination.js";
import { Disk } from "../disk/disk.js";
import { type DiskRules, EntryPlaces } from "./entry-places.js";
import type { FolderAttributes } from "../disk/folders.js";
import type { Journal } from "../journal/journal.js";
import { cannotLink, makeLink } from "../disk/link.js";
import { type DiskPlan, OpenFiles } from "./open-files.js";
import type { Placement } from "./placement.js";

/** Files and folders on a disk. Entries come in order; what has come of one is in its part until it is whole. */
export class DiskDestination implements Destination {
  readonly #disk = new Disk();
  readonly #placement: Placement;
  readonly #journal: Journal;
  readonly #events: DiskEvents;
  readonly #sizes: EntrySizes;
  readonly #places: EntryPlaces;
  readonly #arrivals: Arrivals;
  readonly #files: OpenFiles;
  /** Every entry before it has been seen to. */
  #next = 0;
  #hasGivenUp = false;
  #isFinished = false;

  constructor(plan: DiskPlan, rules: DiskRules, events: DiskEvents) {
    const { placement, journal, earlier } = plan;
    this.#placement = placement;
    this.#journal = journal;
    this.#events = events;
    this.#sizes = EntrySizes.of(placement.manifest.entries);
    this.#places = new EntryPlaces(placement, journal, rules);
    this.#arrivals = new Arrivals(placement, earlier.complete, events);
    this.#files = new OpenFiles(this.#disk, plan, this.#places, this.#arrivals, rules.umask);
  }

  get outlives(): boolean {
    // A stream cannot be read a second time.
    return this.#journal.outlives && this.#placement.manifest.head.kind === "files";
  }

  async acceptance(signal: AbortSignal): Promise<Wanted> {
    const resumes = new Map<number, ResumeDecision>();
    for (const file of await this.#files.kept()) {
      const { entry } = file;
      const sha256 = await file.hash(signal, (bytes) => this.#events.checking(entry, bytes, file.bytes));
      if (sha256 !== undefined) resumes.set(entry, { do: "resume", offset: file.bytes, sha256 });
    }
    const acceptance = acceptanceOf(this.#sizes.length, (entry) => this.#arrivals.isWanted(entry), resumes);
    let resumed = 0;
    for (let entry = 0; entry < this.#sizes.length; entry++)
      if (this.#arrivals.isComplete(entry)) resumed += this.#sizes.sizeOf(entry) ?? 0;
    for (const { offset } of resumes.values()) resumed += offset;
    return { acceptance, resumed };
  }

  async prepare(): Promise<void> {
    await this.#places.prepare();
    await this.#journal.place(this.#placement);
  }

  async restart(): Promise<void> {
    await this.#files.keep();
    await this.#files.completed();
    this.#next = 0;
    this.#hasGivenUp = false;
  }

  async take(part: BodyPart): Promise<Written> {
    this.#files.check();
    if (this.#files.current?.entry !== part.entry) await this.#enter(part.entry);
    if (part.kind === "given-up") {
      this.#hasGivenUp = true;
      await this.#files.discard();
    }
    const file = this.#files.current;
    if (part.kind !== "data" || file === undefined) return { done: Promise.resolve() };
    const failed = (cause: unknown): never => this.#places.cannotWrite(part.entry, cause);
    if (part.offset < file.bytes) {
      this.#events.dropped(part.entry, file.bytes);
      await file.beginAgain().catch(failed);
    }
    return { done: file.write(part.bytes, failed) };
  }

  async finish(): Promise<void> {
    if (this.#isFinished) return;
    await this.#passTo(this.#sizes.length);
    await this.#files.completed();
    // Last, when nothing is written any more that could go through one.
    for (let index = 0; index < this.#sizes.length; index++) {
      if (this.#sizes.typeOf(index) !== "link" || !this.#arrivals.isWanted(index)) continue;
      const link = this.#entry(index);
      if (link?.type === "link") await this.#makeLink(index, link);
    }
    // Before folders get their times, which every change in them changes.
    await this.#journal.clean(this.#placement.root.path);
    await this.#settleFolders();
    await this.#places.close();
    this.#isFinished = !this.#hasGivenUp;
  }

  async suspend(): Promise<void> {
    await this.#files.close();
    await this.#places.close();
  }

  async abandon(): Promise<void> {
    await this.#files.discardAll();
    await this.end();
    await this.#places.removeEmpty();
    await this.#places.close();
  }

  async end(): Promise<void> {
    await this.#journal.end(this.#placement.root.path);
  }

  /** Frames for a file begin. */
  async #enter(entry: number): Promise<void> {
    await this.#passTo(entry);
    this.#next = entry + 1;
    await this.#files.begin(entry);
  }

  /** Sees to everything before an entry: completes the open file, makes folders and files that need no frames. */
  async #passTo(entry: number): Promise<void> {
    this.#files.complete();
    for (; this.#next < entry; this.#next++) {
      const index = this.#next;
      if (!this.#arrivals.isWanted(index)) continue;
      const type = this.#sizes.typeOf(index);
      if (type === "dir") await this.#places.makeFolder(index);
      // No frame has come for it, and the order of frames was checked: it is empty, or all of it was here.
      if (type !== "file") continue;
      await this.#files.begin(index);
      this.#files.complete();
    }
  }

  async #makeLink(entry: number, link: LinkEntry): Promise<void> {
    const target = this.#arrivals.targetOf(link);
    if (target === undefined) return this.#arrivals.leaveOut(entry, "what it leads to is left out");
    const place = await this.#places.placeOf(entry);
    await using _folder = place.folder;
    try {
      await this.#places.willHoldPart(entry);
      const goal = this.#places.goalOf(place);
      this.#arrivals.published(entry, await makeLink(this.#disk, { ...link, target }, goal, this.#journal.mark));
    } catch (cause) {
      if (!cannotLink(cause)) this.#places.cannotWrite(entry, cause);
      this.#arrivals.leaveOut(entry, "links cannot be made here");
    }
  }

  async #settleFolders(): Promise<void> {
    const attributes = new Map<string, FolderAttributes>();
    for (let index = 0; index < this.#sizes.length; index++) {
      if (this.#sizes.typeOf(index) !== "dir" || this.#placement.isSkipped(index)) continue;
      const { mode, mtime } = this.#entry(index) ?? { mode: undefined, mtime: undefined };
      const savedAs = this.#placement.savedAs(index);
      attributes.set(savedAs, { mode, mtime });
      if (!this.#arrivals.isComplete(index)) this.#arrivals.arrived(index, savedAs);
    }
    await this.#places.settle(attributes);
  }

  #entry(index: number): ManifestEntry | undefined {
    return this.#placement.manifest.entries.at(index);
  }
}
