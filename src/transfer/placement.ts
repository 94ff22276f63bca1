import { constants } from "node:fs";
import { access, lstat, realpath, stat, statfs } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Manifest, ManifestEntry } from "../protocol/index.js";
import { DuetError } from "../protocol/problem.js";
import { displayName } from "./display-name.js";
import { systemCode } from "./fs-errors.js";
import { collisionKey, numberedName } from "./names.js";
import { topOf } from "./offered-manifest.js";

/**
 * What to do with a name that is taken. `rename` gives what arrives another one; `overwrite` replaces files and goes
 * into folders that are there; `skip` leaves everything that is there alone and adds what is missing.
 */
export type TakenRule = "overwrite" | "rename" | "skip";

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

/** @returns how many bytes may be written below a folder; undefined when its file system does not say */
export async function freeBytes(root: Root): Promise<number | undefined> {
  const { bavail, bsize } = await statfs(root.isMissing ? dirname(root.path) : root.path).catch(() => ({
    bavail: 0,
    bsize: 0,
  }));
  return bsize === 0 ? undefined : bavail * bsize;
}

/** Where every entry of a manifest goes. Made before anybody is asked, and shown to them. */
export class Placement {
  readonly root: Root;
  readonly manifest: Manifest;
  /** What lies topmost, and under which name; undefined when all of it is left out. */
  readonly #tops: ReadonlyMap<string, string | undefined>;
  readonly #skipped: ReadonlySet<number>;
  /** Topmost folders that were there before the transfer, and are gone into. */
  readonly entered: ReadonlySet<string>;

  constructor(root: Root, manifest: Manifest, { tops, skipped, entered }: Plan) {
    this.root = root;
    this.manifest = manifest;
    this.#tops = tops;
    this.#skipped = skipped;
    this.entered = entered;
  }

  /** The names that topmost things have got, for another manifest of the same transfer. */
  get tops(): ReadonlyMap<string, string | undefined> {
    return this.#tops;
  }

  /** Whether an entry is left out by the rule. */
  isSkipped(entry: number): boolean {
    return this.#skipped.has(entry) || this.#tops.get(topOf(this.#path(entry))) === undefined;
  }

  /** The path of an entry below the root; not of one that is skipped. */
  savedAs(entry: number): string {
    return this.relocated(this.#path(entry));
  }

  /** Where a path of the transfer goes below the root. */
  relocated(path: string): string {
    const top = topOf(path);
    return `${this.#tops.get(top) ?? top}${path.slice(top.length)}`;
  }

  #path(entry: number): string {
    return this.manifest.entries.at(entry)?.path ?? "";
  }
}

/** What came of an earlier manifest of the same transfer. */
export interface Earlier {
  readonly placement: Placement;
  /** Files that are in their places, by their paths in the transfer. */
  readonly complete: ReadonlyMap<string, unknown>;
}

/**
 * @param earlier its names are this transfer's own, not taken
 * @throws DuetError `cannot_write` when something is in the way that the rule does not remove
 */
export async function place(root: Root, manifest: Manifest, rule: TakenRule, earlier?: Earlier): Promise<Placement> {
  const planner = new Planner(root, rule, manifest);
  try {
    await planner.placeTops(earlier?.placement);
    await planner.lookInside(earlier?.complete);
  } catch (cause) {
    throw cause instanceof DuetError ? cause : inTheWay(`The system says ${systemCode(cause) ?? "no"}.`, cause);
  }
  return new Placement(root, manifest, planner);
}

/** What is at a place: nothing, something that can be gone into, or something else. */
type Found = "nothing" | "folder" | "other";

interface Plan {
  readonly tops: ReadonlyMap<string, string | undefined>;
  readonly skipped: ReadonlySet<number>;
  readonly entered: ReadonlySet<string>;
}

class Planner implements Plan {
  readonly tops = new Map<string, string | undefined>();
  readonly skipped = new Set<number>();
  readonly entered = new Set<string>();
  readonly #root: Root;
  readonly #rule: TakenRule;
  readonly #manifest: Manifest;
  /** Folders below the ones that were there before, and what is in their place. */
  readonly #folders = new Map<string, Found>();

  constructor(root: Root, rule: TakenRule, manifest: Manifest) {
    this.#root = root;
    this.#rule = rule;
    this.#manifest = manifest;
  }

  async placeTops(earlier: Placement | undefined): Promise<void> {
    const keys = new Set<string>();
    for (const { path } of this.#manifest.entries) keys.add(collisionKey(topOf(path)));
    for (const entry of this.#manifest.entries) {
      const top = topOf(entry.path);
      if (this.tops.has(top)) continue;
      const isFolder = top !== entry.path || entry.type === "dir";
      const own = earlier?.tops.get(top);
      if (own !== undefined) {
        // What was there before the transfer is in the way of the new manifest as it was of the old one.
        if (earlier?.entered.has(top) === true) this.#enter(top);
        else this.#folders.set(top, "nothing");
        this.tops.set(top, own);
      } else this.tops.set(top, await this.#placeTop(top, isFolder, keys));
    }
  }

  /** @param complete files that this transfer itself has put there */
  async lookInside(complete?: ReadonlyMap<string, unknown>): Promise<void> {
    let next = 0;
    for (const entry of this.#manifest.entries) {
      const index = next++;
      const top = topOf(entry.path);
      if (top === entry.path || this.#folders.get(top) !== "folder" || complete?.has(entry.path) === true) continue;
      if (await this.#isLeftOut(entry)) this.skipped.add(index);
    }
  }

  async #placeTop(top: string, isFolder: boolean, keys: ReadonlySet<string>): Promise<string | undefined> {
    const found = await this.#look(top);
    if (found === "nothing") return top;
    if (this.#rule !== "rename" && isFolder && found === "folder") {
      this.#enter(top);
      return top;
    }
    if (this.#rule === "skip") return undefined;
    // A link that lies there is replaced itself, never what it leads to.
    if (this.#rule === "overwrite" && !isFolder && found === "other") return top;
    return await this.#freeName(top, keys);
  }

  #enter(top: string): void {
    this.#folders.set(top, "folder");
    this.entered.add(top);
  }

  async #freeName(top: string, keys: ReadonlySet<string>): Promise<string> {
    for (let number = 1; number <= NUMBERS_MAX; number++) {
      const name = numberedName(top, number);
      if (!keys.has(collisionKey(name)) && (await this.#look(name)) === "nothing") return name;
    }
    throw inTheWay(`${displayName(top)} is there ${NUMBERS_MAX} times.`);
  }

  async #isLeftOut(entry: ManifestEntry): Promise<boolean> {
    const around = await this.#folder(dirname(entry.path));
    if (around === "nothing") return false;
    const found =
      entry.type === "dir"
        ? await this.#folder(entry.path)
        : around === "folder"
          ? await this.#look(entry.path)
          : "other";
    if (found === "nothing") return false;
    if (this.#rule === "skip") return entry.type !== "dir" || found === "other";
    const isInTheWay = entry.type === "dir" ? found === "other" : found === "folder" || around === "other";
    if (isInTheWay) throw inTheWay(`Something is in the way of ${displayName(entry.path)}.`);
    return false;
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

/** @throws the error, unless it says that there is nothing */
function ifMissing(error: unknown): undefined {
  if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined;
  throw error;
}
