import type { Manifest, PathTable } from "../../protocol/index.js";
import type { EntrySet } from "../lists/entry-set.js";
import { topOf } from "../lists/names.js";
import type { TakenRule } from "../disk/publish.js";
import type { Root } from "./root.js";

/** The rule for a path of the transfer. For a topmost folder: whether to go into the one that is there. */
export type RuleFor = (path: string) => TakenRule;

/** What is to be placed. */
export interface Offered {
  readonly manifest: Manifest;
  /** Its paths, by `collisionKey`. */
  readonly paths: PathTable;
}

/** What becomes of the names of an offer here. */
export interface Plan {
  /** Topmost names that are others here; undefined when all of it is left out. Most keep theirs, and are not in it. */
  readonly renamed: ReadonlyMap<string, string | undefined>;
  readonly skipped: EntrySet;
  readonly taken: EntrySet;
  readonly entered: ReadonlySet<string>;
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
    const path = this.manifest.entries.at(entry)?.path ?? "";
    const top = topOf(path);
    return `${this.nameOf(top) ?? top}${path.slice(top.length)}`;
  }

  /** What a topmost thing is called here; undefined when all of it is left out. */
  nameOf(top: string): string | undefined {
    return this.#plan.renamed.has(top) ? this.#plan.renamed.get(top) : top;
  }
}
