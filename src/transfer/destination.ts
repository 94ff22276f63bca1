import type { Acceptance, BodyPart } from "../protocol/index.js";

/** A write that is under way. Its bytes must stay as they are until it is done. */
export interface Written {
  readonly done: Promise<void>;
}

/** Where bodies go. Lives as long as the offer it was made for, over all connections. */
export interface Destination {
  /** Whether bytes may be needed after their write is done: a stream of somebody else's may keep what it was given. */
  readonly keepsBytes: boolean;
  /** What is still wanted. */
  acceptance(): Acceptance;
  /** Someone agreed: from now on, and not before, something may be written. */
  prepare(): Promise<void>;
  /**
   * The line is another one: what is not complete begins again.
   *
   * @throws DuetError `cannot_write` when it cannot
   */
  restart(): Promise<void>;
  /** The next part, in the order of the entries; resolves when the one after it may come. */
  take(part: BodyPart): Promise<Written>;
  /** Everything came: resolves when all of it is complete and durable. */
  finish(): Promise<void>;
  /** It will not be completed: nothing incomplete is left behind. */
  abandon(): Promise<void>;
}
