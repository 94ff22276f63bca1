import type { OnEvent } from "./events.js";
import type { ProgressMeter, RunningFile } from "./progress.js";

/** A program that reads the events waits 250 ms at most for the next one; this leaves room for a busy machine. */
const TICK_MS = 100;

/**
 * Tells the progress while a transfer goes on, whether bytes move or not. Ended by `using`.
 *
 * @param running is asked each time; what it says is as old as the last chunk
 */
export function tellProgress(
  meter: ProgressMeter,
  onEvent: OnEvent,
  running: () => RunningFile | undefined,
): Disposable {
  const tell = (): void => {
    const file = running();
    onEvent({ event: "progress", ...meter.snapshot, ...(file === undefined ? {} : { running: file }) });
  };
  // At once: what is there from before, while nothing has moved on this connection.
  tell();
  const timer = setInterval(tell, TICK_MS);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      tell();
    },
  };
}
