import type { TransferEvent } from "./events.js";

/** As often as progress is told. */
const TICK_MS = 100;

/**
 * Tells of a file that is read again: at its beginning, now and then, and at its end.
 *
 * @param now milliseconds, of a clock that never goes back
 */
export function checkingTeller(
  pathOf: (entry: number) => string,
  tell: (event: TransferEvent) => void,
  now: () => number,
): (entry: number, bytes: number, total: number) => void {
  let latest: { readonly entry: number; readonly at: number } | undefined;
  return (entry, bytes, total) => {
    if (latest?.entry === entry && bytes < total && now() - latest.at < TICK_MS) return;
    latest = { entry, at: now() };
    tell({ event: "checking", path: pathOf(entry), bytes, total });
  };
}
