import type { CliEvent } from "./events.js";
import type { Report } from "./report.js";

/** Keeps everything back until the code has been told: a program reads it from the first line. */
export class CodeFirst implements Report {
  readonly #report: Report;
  #held: CliEvent[] | undefined = [];

  constructor(report: Report) {
    this.#report = report;
  }

  show(event: CliEvent): void {
    if (this.#held !== undefined && event.event !== "code") {
      this.#held.push(event);
      return;
    }
    this.#report.show(event);
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const each of held) this.#report.show(each);
  }
}
