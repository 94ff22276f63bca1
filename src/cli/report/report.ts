import { replaceUnsafe } from "../../protocol/unsafe-text.js";
import type { CliEvent } from "./events.js";

/** Where a command tells what happens: people, programs, or both. */
export interface Report {
  show(event: CliEvent): void;
}

/** Programs read 250 ms at most between two lines while bytes move; half of that leaves room for a busy machine. */
const PROGRESS_JSON_MS = 120;

/** One JSON object a line on standard output. */
export class JsonReport implements Report {
  readonly #write: (line: string) => void;
  readonly #now: () => number;
  #progressAt = Number.NEGATIVE_INFINITY;

  constructor(write: (line: string) => void, now: () => number = () => performance.now()) {
    this.#write = write;
    this.#now = now;
  }

  show(event: CliEvent): void {
    if (event.event === "progress") {
      const complete = event.bytes === event.total;
      if (!complete && this.#now() - this.#progressAt < PROGRESS_JSON_MS) return;
      this.#progressAt = this.#now();
    }
    // A terminal would act on these, and some programs split lines at them; JSON can spell them all.
    this.#write(`${replaceUnsafe(JSON.stringify(event), escaped)}\n`);
  }
}

function escaped(character: string): string {
  let text = "";
  for (let i = 0; i < character.length; i++) text += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
  return text;
}
