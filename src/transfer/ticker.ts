import type { OnEvent } from "./events.js";
import type { ProgressMeter } from "./progress.js";

/** A program that reads the events waits 250 ms at most for the next one; this leaves room for a busy machine. */
const TICK_MS = 100;

/** Tells the progress while a transfer goes on, whether bytes move or not. Ended by `using`. */
export function tellProgress(meter: ProgressMeter, onEvent: OnEvent): Disposable {
  const tell = (): void => onEvent({ event: "progress", ...meter.snapshot });
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
