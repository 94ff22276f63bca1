import type { Acceptance, BodyPart } from "../../protocol/index.js";

/** A write that is under way. Its bytes must stay as they are until it is done. */
export interface Written {
  readonly done: Promise<void>;
}

/** What is to be sent. */
export interface Wanted {
  readonly acceptance: Acceptance;
  /** Bytes that are there from an earlier attempt. */
  readonly resumed: number;
}

/** Where bodies go. Lives as long as the offer it was made for, over all connections. */
export interface Destination {
  /** Someone agreed: from now on, and not before, something may be written. */
  prepare(): Promise<void>;
  /**
   * What is still wanted, and from where on.
   *
   * @param signal ends it; what was done so far is not done again by the next call
   * @throws its reason
   */
  acceptance(signal: AbortSignal): Promise<Wanted>;
  /**
   * The line is another one: what is not complete goes on where it is, or begins again.
   *
   * @throws DuetError `cannot_write` when it cannot
   */
  restart(): Promise<void>;
  /** The next part, in the order of the entries; resolves when the one after it may come. */
  take(part: BodyPart): Promise<Written>;
  /** Everything came: resolves when all of it is complete and durable. */
  finish(): Promise<void>;
  /** Whether another run could go on with it, if it were left as it is. */
  readonly outlives: boolean;
  /** It is left to another run. */
  suspend(): Promise<void>;
  /** It will not be completed: nothing incomplete is left behind. */
  abandon(): Promise<void>;
  /** All of it is complete, and the other side knows: nothing has to be remembered. */
  end(): Promise<void>;
}
