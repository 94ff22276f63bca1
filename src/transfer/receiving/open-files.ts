import { EntrySizes } from "../../protocol/index.js";
import type { Arrivals } from "./arrivals.js";
import type { Disk } from "../disk/disk.js";
import type { Earlier } from "./earlier.js";
import type { EntryPlaces } from "./entry-places.js";
import type { Journal } from "../journal/journal.js";
import { OpenFile } from "../disk/open-file.js";
import type { Placement } from "./placement.js";
import { Slots } from "./slots.js";

/** Files that may be open at once: small ones are completed, which takes several system calls, while others come. */
const FILES_AT_ONCE = 16;
/** What is smaller is sent again after its process died: as fast, and nothing has to be recorded for it. */
const RESUMED_MIN_BYTES = 1024 * 1024;

/** Where an offer goes, and what is there of it from before. */
export interface DiskPlan {
  readonly placement: Placement;
  readonly journal: Journal;
  readonly earlier: Earlier;
}

/**
 * The files of an offer that are not complete: one takes bytes, some are being completed, and parts that an earlier line
 * or run has left wait to be gone on with.
 */
export class OpenFiles {
  readonly #disk: Disk;
  readonly #placement: Placement;
  readonly #journal: Journal;
  readonly #places: EntryPlaces;
  readonly #arrivals: Arrivals;
  readonly #umask: number;
  readonly #sizes: EntrySizes;
  readonly #slots = new Slots(FILES_AT_ONCE);
  #current: OpenFile | undefined;
  readonly #completing = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;
  /** Parts of an earlier run, until they are looked into. */
  readonly #found: Map<number, number>;
  readonly #kept = new Map<number, OpenFile>();

  /** @param umask taken from every mode */
  constructor(disk: Disk, plan: DiskPlan, places: EntryPlaces, arrivals: Arrivals, umask: number) {
    const { placement, journal, earlier } = plan;
    this.#disk = disk;
    this.#placement = placement;
    this.#journal = journal;
    this.#places = places;
    this.#arrivals = arrivals;
    this.#umask = umask;
    this.#sizes = EntrySizes.of(placement.manifest.entries);
    this.#found = new Map([...earlier.parts].slice(0, FILES_AT_ONCE));
  }

  /** The one that takes bytes. */
  get current(): OpenFile | undefined {
    return this.#current;
  }

  /** Opens what an earlier run has left, as if this one had. @returns all that may be gone on with, in the order of entries */
  async kept(): Promise<readonly OpenFile[]> {
    for (const [entry, bytes] of this.#found) {
      const place = await this.#places.placeOf(entry);
      this.#found.delete(entry);
      this.#kept.set(entry, OpenFile.found(this.#disk, place, this.#journal.mark, bytes));
    }
    return [...this.#kept.values()].sort((a, b) => a.entry - b.entry);
  }

  /** An entry takes bytes from now on. Waits while too many files are open. */
  async begin(entry: number): Promise<void> {
    await this.#slots.take();
    const kept = this.#kept.get(entry);
    this.#kept.delete(entry);
    this.#current = kept ?? (await this.#create(entry));
  }

  /** The current one, if any, has all its bytes: it is completed while others come. */
  complete(): void {
    const file = this.#takeCurrent();
    if (file === undefined) return;
    const completing = this.#complete(file).catch((error: unknown) => {
      this.#failure ??= { error };
    });
    this.#completing.add(completing);
    void completing.finally(() => {
      this.#completing.delete(completing);
      this.#slots.give();
    });
  }

  /** The current one, if any, is given up. */
  async discard(): Promise<void> {
    const file = this.#takeCurrent();
    if (file === undefined) return;
    await file.discard();
    this.#slots.give();
  }

  /** The line is another one: the current one, if any, waits to be gone on with. */
  async keep(): Promise<void> {
    const file = this.#takeCurrent();
    if (file === undefined) return;
    this.#slots.give();
    // What has no size begins anew: nobody could say whether the same bytes would come again.
    if (this.#sizes.sizeOf(file.entry) === null) return await file.discard();
    await file.settled();
    this.#kept.set(file.entry, file);
  }

  /** @throws what completing one failed with */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Waits for those that are being completed. @throws as `check` */
  async completed(): Promise<void> {
    await Promise.all(this.#completing);
    this.check();
  }

  /** Leaves all of them to another run. */
  async close(): Promise<void> {
    for (const file of this.#takeAll()) await file.close();
    await Promise.allSettled(this.#completing);
  }

  /** Removes all of them. */
  async discardAll(): Promise<void> {
    for (const file of this.#takeAll()) await file.discard();
    await Promise.allSettled(this.#completing);
  }

  async #create(entry: number): Promise<OpenFile> {
    const place = await this.#places.placeOf(entry);
    return OpenFile.create(this.#disk, place, this.#journal.mark, this.#recorded(entry));
  }

  async #recorded(entry: number): Promise<void> {
    await this.#places.willHoldPart(entry);
    if ((this.#sizes.sizeOf(entry) ?? 0) < RESUMED_MIN_BYTES) return;
    const offered = this.#placement.manifest.entries.at(entry);
    if (offered !== undefined) await this.#journal.begin(offered);
  }

  async #complete(file: OpenFile): Promise<void> {
    const { entry } = file;
    const offered = this.#placement.manifest.entries.at(entry);
    try {
      await file.settled();
      const part = await file.part;
      if (offered?.type !== "file") throw new RangeError("not a file");
      const goal = this.#places.goalOf(file);
      const name = await part.complete(offered, goal, this.#umask, (info) => this.#journal.finish(offered, info));
      this.#arrivals.published(entry, name);
      await file.close();
    } catch (cause) {
      await file.discard();
      this.#places.cannotWrite(entry, cause);
    }
  }

  #takeCurrent(): OpenFile | undefined {
    const file = this.#current;
    this.#current = undefined;
    return file;
  }

  /** All that are not being completed. */
  #takeAll(): readonly OpenFile[] {
    const current = this.#takeCurrent();
    const files = [...this.#kept.values(), ...(current === undefined ? [] : [current])];
    this.#kept.clear();
    return files;
  }
}
