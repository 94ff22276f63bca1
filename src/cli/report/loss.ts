import type { DuetError } from "../../protocol/problem.js";
import type { Report } from "./report.js";

/** A loss that goes on is told again now and then, with how long it is tried still. */
const AGAIN_MS = 30_000;

export interface LossOptions {
  readonly report: Report;
  /** How long a lost connection is tried again. */
  readonly waitForPeerMs: number;
  /** Milliseconds, of a clock that never goes back. */
  readonly now: () => number;
}

/** Tells of a connection or a relay that is away: once, and again while it stays away. */
export class Loss implements Disposable {
  readonly #options: LossOptions;
  #since: number | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #latest: DuetError | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LossOptions) {
    this.#options = options;
  }

  /** It is lost, or was not found again. */
  is(error: DuetError): void {
    this.#since ??= this.#options.now();
    this.#latest = error;
    // A timer may ring a few milliseconds early by the finer clock: it must not be skipped for that.
    this.#timer ??= setInterval(() => this.#tell(AGAIN_MS / 2), AGAIN_MS).unref();
    this.#tell(AGAIN_MS);
  }

  /** It is back. */
  over(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#since = undefined;
    this.#toldAt = Number.NEGATIVE_INFINITY;
  }

  [Symbol.dispose](): void {
    this.over();
  }

  /** @param pauseMs how long ago it must have been told */
  #tell(pauseMs: number): void {
    const { report, waitForPeerMs, now } = this.#options;
    if (this.#latest === undefined || this.#since === undefined || now() - this.#toldAt < pauseMs) return;
    this.#toldAt = now();
    const { code, message } = this.#latest;
    const seconds = Math.max(0, Math.ceil((waitForPeerMs - (now() - this.#since)) / 1000));
    report.show({ event: "lost", code, message, seconds });
  }
}
