import { lstat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ManifestEntry } from "../../protocol/index.js";
import { DuetError } from "../../protocol/problem.js";
import { displayName } from "../display-name.js";
import { EntrySet } from "../lists/entry-set.js";
import { ifMissing, systemCode } from "../fs-errors.js";
import { collisionKey, numberedName, topOf } from "../lists/names.js";
import { ENTRIES_A_TURN, nextTurn } from "../waiting.js";
import { fitsPath } from "../disk/path-length.js";
import { type Offered, type Plan, Placement, type RuleFor } from "./placement.js";
import { inTheWay, type Root } from "./root.js";

/** Enough numbers that nobody runs out, few enough that nobody waits. */
const NUMBERS_MAX = 10_000;

/** What this transfer itself has put there, in an earlier run or for an earlier manifest: that is not taken. */
export interface OwnThings {
  /** What something topmost was called; undefined when nothing of it was put there, or a file under its own name. */
  nameOf(top: string): string | undefined;
  /** Whether a topmost folder was there before. */
  isEntered(top: string): boolean;
  /**
   * Whether a file is one of this transfer.
   *
   * @param path in the transfer
   * @param local where it is
   */
  isOwn(path: string, local: string): Promise<boolean>;
}

/** @throws DuetError `cannot_write` when something is in the way that the rule does not remove */
export async function place(root: Root, offered: Offered, ruleFor: RuleFor, own?: OwnThings): Promise<Placement> {
  const planner = new Planner(root, ruleFor, offered, own);
  try {
    await planner.placeTops();
    await planner.lookInside();
  } catch (cause) {
    throw cause instanceof DuetError ? cause : inTheWay(`The system says ${systemCode(cause) ?? "no"}.`, cause);
  }
  return new Placement(root, offered, planner);
}

/** What is at a place: nothing, something that can be gone into, or something else. */
type Found = "nothing" | "folder" | "other";

class Planner implements Plan {
  readonly renamed = new Map<string, string | undefined>();
  /** The keys of those other names. */
  readonly #newNames = new Set<string>();
  readonly skipped: EntrySet;
  readonly taken: EntrySet;
  readonly entered = new Set<string>();
  readonly #root: Root;
  readonly #ruleFor: RuleFor;
  readonly #offered: Offered;
  readonly #own: OwnThings | undefined;
  /** Folders below the ones that were there before, and what is in their place. */
  readonly #folders = new Map<string, Found>();

  constructor(root: Root, ruleFor: RuleFor, offered: Offered, own: OwnThings | undefined) {
    this.#root = root;
    this.#ruleFor = ruleFor;
    this.#offered = offered;
    this.#own = own;
    this.skipped = new EntrySet(offered.manifest.entries.length);
    this.taken = new EntrySet(offered.manifest.entries.length);
  }

  async placeTops(): Promise<void> {
    let latest = "";
    let index = 0;
    for (const entry of this.#offered.manifest.entries) {
      if (index % ENTRIES_A_TURN === 0) await nextTurn();
      if (!fitsPath(this.#root.path, entry.path)) throw tooLong(entry.path);
      const top = topOf(entry.path);
      // Most lists name one top after the other; where they alternate, one is looked at again.
      if (top !== latest && !this.renamed.has(top) && !this.entered.has(top)) {
        await this.#placeTop(top, index, top !== entry.path || entry.type === "dir");
      }
      latest = top;
      if (this.renamed.has(top) && this.renamed.get(top) === undefined) this.skipped.add(index);
      index++;
    }
  }

  async lookInside(): Promise<void> {
    if (this.entered.size === 0) return;
    let index = -1;
    for (const entry of this.#offered.manifest.entries) {
      index++;
      const top = topOf(entry.path);
      if (top === entry.path || !this.entered.has(top)) continue;
      if (await this.#isLeftOut(entry, index)) this.skipped.add(index);
    }
  }

  async #placeTop(top: string, index: number, isFolder: boolean): Promise<void> {
    const own = this.#own?.nameOf(top);
    if (own === undefined) return this.#called(top, await this.#nameFor(top, index, isFolder));
    // What was there before the transfer is in the way now as it was then.
    if (this.#own?.isEntered(top) === true) this.#enter(top);
    this.#called(top, own);
  }

  #called(top: string, name: string | undefined): void {
    if (name === top) return;
    this.renamed.set(top, name);
    if (name !== undefined) this.#newNames.add(collisionKey(name));
  }

  async #nameFor(top: string, index: number, isFolder: boolean): Promise<string | undefined> {
    const found = await this.#look(top);
    if (found === "nothing" || (!isFolder && (await this.#isOwn(top)))) return top;
    this.taken.add(index);
    const rule = this.#ruleFor(top);
    if (rule !== "rename" && isFolder && found === "folder") {
      this.#enter(top);
      return top;
    }
    if (rule === "skip") return undefined;
    // A link that lies there is replaced itself, never what it leads to.
    if (rule === "overwrite" && !isFolder && found === "other") return top;
    return await this.#freeName(top);
  }

  #enter(top: string): void {
    this.#folders.set(top, "folder");
    this.entered.add(top);
  }

  async #freeName(top: string): Promise<string> {
    for (let number = 1; number <= NUMBERS_MAX; number++) {
      const name = numberedName(top, number);
      const isOurs = this.#offered.paths.meets(name) || this.#newNames.has(collisionKey(name));
      if (!isOurs && (await this.#look(name)) === "nothing") return name;
    }
    throw inTheWay(`${displayName(top)} is there ${NUMBERS_MAX} times.`);
  }

  async #isLeftOut(entry: ManifestEntry, index: number): Promise<boolean> {
    const around = await this.#folder(dirname(entry.path));
    if (around === "nothing") return false;
    const found =
      entry.type === "dir"
        ? await this.#folder(entry.path)
        : around === "folder"
          ? await this.#look(entry.path)
          : "other";
    if (found === "nothing") return false;
    const isMerged = entry.type === "dir" && found === "folder";
    if (isMerged || (await this.#isOwn(entry.path))) return false;
    this.taken.add(index);
    const rule = this.#ruleFor(entry.path);
    if (rule === "skip") return true;
    // Under another name beside it a file is in nobody's way; a folder would take everything in it along.
    const isInTheWay = entry.type === "dir" || around === "other" || (rule === "overwrite" && found === "folder");
    if (isInTheWay) throw inTheWay(`Something is in the way of ${displayName(entry.path)}.`);
    return false;
  }

  async #isOwn(path: string): Promise<boolean> {
    return (await this.#own?.isOwn(path, join(this.#root.path, path))) === true;
  }

  /** What is in the place of a folder of the transfer, looked up once. */
  async #folder(path: string): Promise<Found> {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    const around = await this.#folder(dirname(path));
    const found = around === "folder" ? await this.#look(path) : around;
    this.#folders.set(path, found);
    return found;
  }

  async #look(path: string): Promise<Found> {
    if (this.#root.isMissing) return "nothing";
    const info = await lstat(join(this.#root.path, path)).catch(ifMissing);
    if (info === undefined) return "nothing";
    return info.isDirectory() ? "folder" : "other";
  }
}

/** Only here: where this machine keeps things is nothing to the other side. */
function tooLong(path: string): DuetError {
  return new DuetError("cannot_write", {
    hint: `The path of ${displayName(path)} would be longer there than this system allows. Choose a folder with a shorter path with --out.`,
  });
}
