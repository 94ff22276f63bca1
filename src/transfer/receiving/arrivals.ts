import { dirname } from "node:path";
import type { LinkEntry } from "../../protocol/index.js";
import type { EntrySet } from "../lists/entry-set.js";
import { linkLeadsTo, topOf } from "../lists/names.js";
import type { Placement } from "./placement.js";

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

/** What has become of every entry, and what it is called now: a name may have been taken since it was chosen. */
export class Arrivals {
  readonly #placement: Placement;
  readonly #complete: EntrySet;
  readonly #events: DiskEvents;
  /** Topmost things that are not as they were placed; undefined: left out. */
  readonly #names = new Map<string, string | undefined>();

  /** @param complete what was there from an earlier run; what comes is added to it */
  constructor(placement: Placement, complete: EntrySet, events: DiskEvents) {
    this.#placement = placement;
    this.#complete = complete;
    this.#events = events;
  }

  /** Whether nothing more is to be done for an entry. */
  isComplete(entry: number): boolean {
    return this.#complete.has(entry);
  }

  /** Whether an entry is still to come. */
  isWanted(entry: number): boolean {
    return !this.isComplete(entry) && !this.#placement.isSkipped(entry);
  }

  /**
   * What a link leads to here. A topmost one names something beside it, which may have another name now; under the one
   * that was offered lie the recipient's own files.
   *
   * @returns undefined when what it leads to is left out
   */
  targetOf({ path, target }: LinkEntry): string | undefined {
    const leadsTo = path.includes("/") ? undefined : linkLeadsTo(path, target);
    if (leadsTo === undefined) return target;
    const top = topOf(leadsTo);
    const name = this.#names.has(top) ? this.#names.get(top) : this.#placement.nameOf(top);
    if (name === undefined) return undefined;
    return name === top ? target : `${name}${leadsTo.slice(top.length)}`;
  }

  /** @param name that a file or a link got in its folder; undefined when it was taken, and the rule says to leave that alone */
  published(entry: number, name: string | undefined): void {
    if (name === undefined) return this.leaveOut(entry, "is there already");
    const folder = dirname(this.#placement.savedAs(entry));
    this.arrived(entry, folder === "." ? name : `${folder}/${name}`);
  }

  /** @param savedAs below the folder that receives */
  arrived(entry: number, savedAs: string): void {
    this.#complete.add(entry);
    this.#note(entry, savedAs);
    this.#events.done(entry, savedAs);
  }

  /** It will not be there, and is not waited for. */
  leaveOut(entry: number, why: string): void {
    this.#complete.add(entry);
    this.#note(entry, undefined);
    this.#events.leftOut(entry, why);
  }

  #note(entry: number, name: string | undefined): void {
    const path = this.#placement.manifest.entries.at(entry)?.path ?? "";
    if (!path.includes("/") && name !== this.#placement.nameOf(path)) this.#names.set(path, name);
  }
}
