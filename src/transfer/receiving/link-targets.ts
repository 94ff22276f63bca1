import type { LinkEntry } from "../../protocol/index.js";
import { linkLeadsTo } from "../lists/names.js";
import { topOf } from "./offered-manifest.js";
import type { Placement } from "./placement.js";

/**
 * What links lead to here. A topmost one names something beside it, which may have another name now; under the one that
 * was offered lie the recipient's own files.
 */
export class LinkTargets {
  readonly #placement: Placement;
  /** What topmost files and links are called, or undefined: left out. What is as it was placed is not in it. */
  readonly #names = new Map<string, string | undefined>();

  constructor(placement: Placement) {
    this.#placement = placement;
  }

  /** @param name what an entry is called now; undefined when it was left out */
  note(entry: number, name: string | undefined): void {
    const path = this.#placement.manifest.entries.at(entry)?.path ?? "";
    if (!path.includes("/") && name !== this.#placement.nameOf(path)) this.#names.set(path, name);
  }

  /** @returns undefined when what it leads to is left out */
  targetOf({ path, target }: LinkEntry): string | undefined {
    const leadsTo = path.includes("/") ? undefined : linkLeadsTo(path, target);
    if (leadsTo === undefined) return target;
    const top = topOf(leadsTo);
    const name = this.#names.has(top) ? this.#names.get(top) : this.#placement.nameOf(top);
    if (name === undefined) return undefined;
    return name === top ? target : `${name}${leadsTo.slice(top.length)}`;
  }
}
