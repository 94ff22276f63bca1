import { DuetError } from "../../protocol/problem.js";

/** Where signals come from: `process`. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

/** Long enough for one message to the other side and one call of the relay, short enough for a person who wants out. */
export const FAREWELL_MS = 3_000;
/** How long a relay or stapler that is told to stop lets go on what it carries. */
export const DRAIN_MS = 10_000;

/** A closed terminal ends a command as Ctrl-C does. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const satisfies readonly NodeJS.Signals[];

/** How a command is interrupted: the first time it ends in good order, the second time, or when that takes too long, at once. */
export interface Interrupts {
  /** Aborts with a DuetError `interrupted`. */
  readonly signal: AbortSignal;
  /** As if the person had pressed Ctrl-C: a terminal in raw mode sends no signal but a character. */
  interrupt(): void;
  /** Stops listening. */
  release(): void;
}

export interface InterruptOptions {
  readonly source: SignalSource;
  /** How long the good order may take. */
  readonly limitMs: number;
  /** Told when the first interruption comes. */
  readonly onFirst: () => void;
  /** Ends the process. */
  readonly exitAtOnce: () => void;
}

/** Begins to listen; until `release` the signals no longer end the process by themselves. */
export function listenForInterrupts({ source, limitMs, onFirst, exitAtOnce }: InterruptOptions): Interrupts {
  const controller = new AbortController();
  let limit: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    if (controller.signal.aborted) return exitAtOnce();
    limit = setTimeout(exitAtOnce, limitMs);
    // The abort first: what it stops must not write over what the person is told.
    controller.abort(new DuetError("interrupted"));
    onFirst();
  };
  for (const signal of SIGNALS) source.on(signal, interrupt);
  return {
    signal: controller.signal,
    interrupt,
    release() {
      clearTimeout(limit);
      for (const signal of SIGNALS) source.off(signal, interrupt);
    },
  };
}
