import { type EntryList, EntrySizes, type ManifestKind } from "../../protocol/index.js";
import { DuetError } from "../../protocol/problem.js";
import type { Destination } from "./destination.js";
import type { DiskEvents } from "./arrivals.js";
import { DiskDestination } from "./disk-destination.js";
import type { DiskRules } from "./entry-places.js";
import { type Earlier, findEarlier, ownThings } from "./earlier.js";
import type { Journal } from "../journal/journal.js";
import type { Offered, Placement, RuleFor } from "./placement.js";
import { place } from "./planner.js";
import { type FreeRoom, freeRoom, type Root } from "./root.js";
import { type Sink, SingleDestination, TextSink } from "./single-destination.js";

/** All that is to be received, before anybody agrees to it. Names are as the sender wrote them: see `displayName`. */
export interface Offer {
  readonly kind: ManifestKind;
  readonly files: number;
  /** Null for a stream. */
  readonly bytes: number | null;
  /**
   * The whole list, in order: a folder before what is in it. At most `MANIFEST_MAX_BYTES` as text, so it may not be in
   * memory: it can be read until the transfer ends, or another offer takes the place of this one.
   */
  readonly entries: EntryList;
  readonly folders: number;
  readonly links: number;
  /** The real path of the folder that receives; undefined for a stream or a text. */
  readonly into?: string;
  /** Bytes that can be written there, as far as the system says. */
  readonly freeBytes?: number;
  /** How many entries the rule for taken names leaves out. */
  readonly leftOut: number;
  /** How many entries meet something of the same name, which the rule decides on. Of a topmost folder only itself is counted, unless it is gone into. */
  readonly taken: number;
  isTaken(entry: number): boolean;
  /** Where an entry goes, below `into`; undefined when the rule leaves it out. */
  savedAs(entry: number): string | undefined;
}

/** What a person says to it. */
export type Consent =
  | {
      readonly accept: true;
      /** In place of the rule that the offer was made with. */
      readonly ruleFor?: RuleFor;
    }
  /** The sender is told the reason. */
  | { readonly accept: false; readonly reason?: string };

/** An offer and what will take it. */
export interface Prepared {
  readonly offer: Offer;
  readonly destination: Destination;
  /** Of an offer of a text: where it is when it has come. */
  readonly text?: TextSink;
}

/** Where everything of a transfer goes: a folder, found before the other side was met, or a stream. */
export type Target = DiskTarget | { readonly sink: Sink };

interface DiskTarget extends DiskRules {
  readonly root: Root;
  readonly journal: Journal;
}

/**
 * Works out what an offer would do here. Reads, and writes nothing.
 *
 * @throws DuetError `no_space`, `cannot_write`
 */
export async function prepareOffer(offered: Offered, target: Target, events: DiskEvents): Promise<Prepared> {
  const { manifest } = offered;
  const { kind, bytes } = manifest.head;
  const { entries } = manifest;
  const { files, folders, links } = EntrySizes.of(entries);
  const common = { kind, bytes, entries, files, folders, links };
  const nowhere = { ...common, leftOut: 0, taken: 0, isTaken: () => false, savedAs: () => undefined };
  if ("sink" in target) return { offer: nowhere, destination: new SingleDestination(manifest, target.sink) };
  if (kind === "text") {
    const text = new TextSink();
    return { offer: nowhere, destination: new SingleDestination(manifest, text), text };
  }
  const { root, ruleFor, journal } = target;
  const placement = await place(root, offered, ruleFor, ownThings(journal));
  const earlier = await findEarlier(placement, journal);
  const free = await freeRoom(root);
  checkRoom(placement, free, earlier);
  const savedAs = (entry: number): string | undefined =>
    placement.isSkipped(entry) ? undefined : placement.savedAs(entry);
  const { leftOut, taken } = placement;
  return {
    offer: {
      ...common,
      into: root.path,
      leftOut,
      taken: taken.size,
      isTaken: (entry) => taken.has(entry),
      savedAs,
      ...(free.bytes === undefined ? {} : { freeBytes: free.bytes }),
    },
    destination: new DiskDestination({ placement, journal, earlier }, target, events),
  };
}

/** @throws DuetError `no_space` when there is not enough for what is not there yet */
function checkRoom(placement: Placement, free: FreeRoom, earlier: Earlier): void {
  const sizes = EntrySizes.of(placement.manifest.entries);
  let bytes = sizes.bytes - earlier.bytes;
  for (let entry = 0; placement.leftOut > 0 && entry < sizes.length; entry++)
    if (placement.isSkipped(entry)) bytes -= sizes.sizeOf(entry) ?? 0;
  if (bytes > (free.bytes ?? Infinity)) throw noRoom(`It needs ${bytes} bytes, and there are ${free.bytes}.`);
  // What may be there already is not counted.
  const there = placement.leftOut + placement.taken.size + earlier.complete.size + earlier.parts.size;
  const isGoneOnWith = placement.entered.size > 0 || earlier.bytes > 0;
  const files = sizes.length - there - (isGoneOnWith ? sizes.folders + sizes.links : 0);
  if (files > (free.files ?? Infinity)) throw noRoom(`It needs ${files} files, and there is room for ${free.files}.`);
}

/** How much room there is, the hint says, which the other side does not get. */
function noRoom(hint: string): DuetError {
  return new DuetError("no_space", { hint: `${hint} Make room or choose another place with --out.` });
}
