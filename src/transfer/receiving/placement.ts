import { constants } from "node:fs";
import { access, lstat, realpath, stat, statfs } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Manifest, ManifestEntry, PathTable } from "../../protocol/index.js";
import { DuetError } from "../../protocol/problem.js";
import { displayName } from "../lists/display-name.js";
import { EntrySet } from "../lists/entry-set.js";
import { systemCode } from "../fs-errors.js";
import { collisionKey, numberedName } from "../lists/names.js";
import { topOf } from "./offered-manifest.js";
import { ENTRIES_A_TURN, nextTurn } from "../waiting.js";
import { fitsPath } from "./path-length.js";

/**
 * What to do with a name that is taken. `rename` gives what arrives another one; `overwrite` replaces files and goes
 * into folders that are there; `skip` leaves everything that is there alone and adds what is missing.
 */
export type TakenRule = "overwrite" | "rename" | "skip";

/** The rule for a path of the transfer. For a topmost folder: whether to go into the one that is there. */
export type RuleFor = (path: string) => TakenRule;

/** The folder that receives: its real path, so that a link in it cannot be changed under us. */
export interface Root {
  readonly path: string;
  /** Whether it is still to be made, in a folder that is there. */
  readonly isMissing: boolean;
}

/** Enough numbers that nobody runs out, few enough that nobody waits. */
const NUMBERS_MAX = 10_000;

/** Finds the folder that receives, without touching anything. @throws DuetError `cannot_write` */
export async function findRoot(out: string): Promise<Root> {
  const wanted = resolve(out);
  try {
    const existing = await realpath(wanted).catch(ifMissing);
    if (existing === undefined)
      return { path: join(await folderAt(dirname(wanted)), basename(wanted)), isMissing: true };
    return { path: await folderAt(existing), isMissing: false };
  } catch (cause) {
    if (cause instanceof DuetError) throw cause;
    throw inTheWay(
      systemCode(cause) === "ENOENT"
        ? "The folder that it would be in does not exist."
        : `The system says ${systemCode(cause) ?? "no"}.`,
      cause,
    );
  }
}

async function folderAt(path: string): Promise<string> {
  const real = await realpath(path);
  if (!(await stat(real)).isDirectory()) throw inTheWay("It is not a folder.");
  await access(real, constants.W_OK | constants.X_OK);
  return real;
}

/** What there is room for, as far as the file system says. */
export interface FreeRoom {
  readonly bytes?: number;
  /** Files, folders and links. */
  readonly files?: number;
}

/** @returns what may be written below a folder */
export async function freeRoom(root: Root): Promise<FreeRoom> {
  const info = await statfs(root.isMissing ? dirname(root.path) : root.path).catch(() => undefined);
  if (info === undefined) return {};
  const { bavail, bsize, files, ffree } = info;
  // Those that make files as they need them say 0 of 0.
  return { ...(bsize > 0 ? { bytes: bavail * bsize } : {}), ...(files > 0 ? { files: ffree } : {}) };
}

/** Where every entry of a manifest goes. Made before anybody is asked, and shown to them. */
export class Placement {
  readonly root: Root;
  readonly manifest: Manifest;
  readonly #plan: Plan;

  constructor(root: Root, { manifest }: Offered, plan: Plan) {
    this.root = root;
    this.manifest = manifest;
    this.#plan = plan;
  }

  /** Topmost folders that were there before the transfer, and are gone into. */
  get entered(): ReadonlySet<string> {
    return this.#plan.entered;
  }

  /** How many entries are left out by the rule. */
  get leftOut(): number {
    return this.#plan.skipped.size;
  }

  /** Entries whose own name is taken, in folders that are gone into and topmost. */
  get taken(): EntrySet {
    return this.#plan.taken;
  }

  /** Whether an entry is left out by the rule. */
  isSkipped(entry: number): boolean {
    return this.#plan.skipped.has(entry);
  }

  /** The path of an entry below the root; not of one that is skipped. */
  savedAs(entry: number): string {
    return this.relocated(this.#path(entry));
  }

  /** Where a path of the transfer goes below the root. */
  relocated(path: string): string {
    const top = topOf(path);
    return `${this.nameOf(top) ?? top}${path.slice(top.length)}`;
  }

  /** What a topmost thing is called here; undefined when all of it is left out. */
  nameOf(top: string): string | undefined {
    return this.#plan.renamed.has(top) ? this.#plan.renamed.get(top) : top;
  }

  #path(entry: number): string {
    return this.manifest.entries.at(entry)?.path ?? "";
  }
}

/** What is to be placed. */
export interface Offered {
  readonly manifest: Manifest;
  /** Its paths, by `collisionKey`. */
  readonly paths: PathTable;
}

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

interface Plan {
  /** Topmost names that are others here; undefined when all of it is left out. Most keep theirs, and are not in it. */
  readonly renamed: ReadonlyMap<string, string | undefined>;
  readonly skipped: EntrySet;
  readonly taken: EntrySet;
  readonly entered: ReadonlySet<string>;
}

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

/**
 * Nobody has agreed to anything yet: what lies on this machine is said in the hint, which stays here, not in the message,
 * which the other side gets.
 */
function inTheWay(hint: string, cause?: unknown): DuetError {
  return new DuetError("cannot_write", {
    hint: `${hint} Choose another with --out.`,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Only here: where this machine keeps things is nothing to the other side. */
function tooLong(path: string): DuetError {
  return new DuetError("cannot_write", {
    hint: `The path of ${displayName(path)} would be longer there than this system allows. Choose a folder with a shorter path with --out.`,
  });
}

/** @throws the error, unless it says that there is nothing */
function ifMissing(error: unknown): undefined {
  if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined;
  throw error;
}
