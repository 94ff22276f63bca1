import type { Manifest } from "../protocol/index.js";
import type { RunningFile } from "./progress.js";

/** How far the bodies of a connection have come. */
export interface Place {
  readonly entry: number;
  /** In the file. */
  readonly offset: number;
}

/** @returns what may be told of it; undefined when nothing moves, and behind the last byte of a file */
export function runningFile({ entries }: Manifest, place: Place | undefined): RunningFile | undefined {
  const entry = place === undefined ? undefined : entries.at(place.entry);
  if (place === undefined || entry === undefined || place.offset === entry.size) return undefined;
  return { path: entry.path, bytes: place.offset, total: entry.size };
}
