/** What the recipient wants of the entries: a default and exceptions from it. */

export interface ResumeDecision {
  readonly do: "resume";
  /** How many bytes are there. */
  readonly offset: number;
  /** Of those bytes. */
  readonly sha256: Uint8Array;
}

export type Decision = { readonly do: "send" } | { readonly do: "skip" } | ResumeDecision;

/**
 * How many entries an answer may resume: a recipient has a part file for each that was on its way when a connection
 * broke, which are a few. With some 250 bytes for each it bounds what an answer costs its reader, to 16 MB.
 */
export const RESUMES_MAX = 65_536;

const ROOM_AT_FIRST = 64;
/** By their number in the table of exceptions; 0 is none. */
const SEND: Decision = { do: "send" };
const SKIP: Decision = { do: "skip" };
const EXCEPTIONS = { send: 1, skip: 2, resume: 3 } as const;

/** Decisions by entry, a byte for each at most: half a million exceptions are an ordinary answer to a large list. */
export class Acceptance {
  readonly default: "send" | "skip";
  /** As far as the last exception. */
  #exceptions = new Uint8Array(ROOM_AT_FIRST);
  #length = 0;
  readonly #resumes = new Map<number, ResumeDecision>();

  constructor(choice: "send" | "skip", exceptions: Iterable<readonly [number, Decision]> = []) {
    this.default = choice;
    for (const [entry, decision] of exceptions) this.set(entry, decision);
  }

  /** @throws RangeError for one resumption too many */
  set(entry: number, decision: Decision): void {
    if (entry >= this.#exceptions.length) {
      const more = new Uint8Array(Math.max(entry + 1, this.#exceptions.length * 2));
      more.set(this.#exceptions);
      this.#exceptions = more;
    }
    this.#exceptions[entry] = EXCEPTIONS[decision.do];
    this.#length = Math.max(this.#length, entry + 1);
    if (decision.do !== "resume") this.#resumes.delete(entry);
    else if (this.#resumes.set(entry, decision).size > RESUMES_MAX) throw new RangeError("too many resumptions");
  }

  /** Whether a part of some entry is there. */
  get hasResumes(): boolean {
    return this.#resumes.size > 0;
  }

  /** @returns what is to be done with an entry */
  of(entry: number): Decision {
    return this.#exception(entry) ?? (this.default === "send" ? SEND : SKIP);
  }

  /** In ascending order. */
  *exceptions(): Generator<readonly [number, Decision]> {
    for (let entry = 0; entry < this.#length; entry++) {
      const decision = this.#exception(entry);
      if (decision !== undefined) yield [entry, decision];
    }
  }

  #exception(entry: number): Decision | undefined {
    const exception = this.#exceptions[entry];
    if (exception === EXCEPTIONS.send) return SEND;
    return exception === EXCEPTIONS.skip ? SKIP : this.#resumes.get(entry);
  }
}
