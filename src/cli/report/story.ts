import type { ExchangeEvent } from "../../client/index.js";
import { displayName, type TransferEvent } from "../../transfer/index.js";
import type { Waiting } from "./events.js";
import { Loss } from "./loss.js";
import type { Report } from "./report.js";

/** More names than this help nobody; how many there are is said. */
const WARNINGS_MAX = 20;

export interface StoryOptions {
  readonly report: Report;
  /** Is told every step, with the time that it came. */
  readonly debug: (text: string) => void;
  readonly waitForPeerMs: number;
  /** The list has left for the other side. */
  readonly offered?: () => void;
  /** Another process could go on with what has arrived. */
  readonly resumable?: () => void;
  /** Milliseconds since the process began. */
  readonly now?: () => number;
}

/** Puts together what the exchange and the transfer tell, as one story: nothing twice, and nothing of their inner steps. */
export class Story implements Disposable {
  readonly #report: Report;
  readonly #waitSeconds: number;
  readonly #now: () => number;
  readonly #offered: () => void;
  readonly #debug: (text: string) => void;
  readonly #loss: Loss;
  readonly #resumable: () => void;
  #waitingFor: Waiting["for"] | undefined;
  #hasMetRelay = false;
  #hasMetPeer = false;
  #warnings = 0;

  constructor({
    report,
    debug,
    waitForPeerMs,
    offered = () => {},
    resumable = () => {},
    now = () => performance.now(),
  }: StoryOptions) {
    this.#report = report;
    this.#debug = debug;
    this.#waitSeconds = waitForPeerMs / 1000;
    this.#offered = offered;
    this.#now = now;
    this.#loss = new Loss({ report, waitForPeerMs, now });
    this.#resumable = resumable;
  }

  /** Whether the other side was ever there. */
  get hasMet(): boolean {
    return this.#hasMetPeer;
  }

  /** The other side has not come yet. Told once, until it comes. */
  waiting(role: Waiting["for"]): void {
    if (this.#waitingFor === role) return;
    this.#waitingFor = role;
    this.#report.show({ event: "waiting", for: role, seconds: this.#waitSeconds });
  }

  onExchange(event: ExchangeEvent): void {
    this.#debug(`${Math.round(this.#now())} ms: exchange ${event.type}`);
    switch (event.type) {
      case "notice":
        this.#hasMetRelay = true;
        return this.#report.show({ event: "notice", text: event.text });
      case "waiting":
        this.#hasMetRelay = true;
        return this.waiting(event.for);
      case "round":
        this.#hasMetRelay = true;
        return;
      case "retrying":
        // A relay that was never there is told by the error that this ends with.
        if (this.#hasMetRelay) this.#loss.is(event.error);
        return;
      case "round_over":
        this.#waitingFor = undefined;
        return;
      case "peer":
        this.#hasMetPeer = true;
        return;
    }
  }

  onTransfer(event: TransferEvent): void {
    if (event.event !== "progress") this.#debug(`${Math.round(this.#now())} ms: transfer ${event.event}`);
    switch (event.event) {
      case "connected":
        this.#waitingFor = undefined;
        this.#loss.over();
        return this.#report.show({ event: "connected", ...(event.via === undefined ? {} : { via: event.via }) });
      case "skipped":
        return this.#warn(`${displayName(event.path)} ${event.detail}; it is left out`);
      case "failed":
        return this.#warn(
          `${displayName(event.path)} could not be sent to its end${event.error === undefined ? "" : `: ${event.error.message}`}`,
        );
      case "offered":
        return this.#offered();
      case "resumable":
        return this.#resumable();
      case "whole":
        return this.#warn("all of it was here already, and the sender has gone");
      case "resumed":
        return this.#report.show({ event: "resumed", bytes: event.bytes });
      case "checking":
        return this.#report.show({ event: "checking", path: event.path, bytes: event.bytes, total: event.total });
      case "dropped":
        return this.#warn(`${displayName(event.path)} was changed by the sender; all of it is sent again`);
      case "progress": {
        const { bytes, total, rate, secondsLeft, running } = event;
        const file = running === undefined ? {} : { file: running };
        return this.#report.show({ event: "progress", bytes, total, rate, seconds_left: secondsLeft, ...file });
      }
      case "reconnecting":
        return this.#loss.is(event.error);
      case "accepted":
      case "file":
      case "done":
        return;
    }
  }

  /** After the list: how many warnings were not shown. */
  finish(): void {
    const more = this.#warnings - WARNINGS_MAX;
    if (more > 0) this.#report.show({ event: "warning", message: `and the same of ${more} more` });
  }

  #warn(message: string): void {
    if (++this.#warnings <= WARNINGS_MAX) this.#report.show({ event: "warning", message });
  }

  /** Nothing is told any more. */
  [Symbol.dispose](): void {
    this.#loss[Symbol.dispose]();
  }
}
