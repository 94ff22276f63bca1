import type { JournalRecord } from "./journal-records.js";

/** Where the journal of an unfinished transfer outlives the process, so that a killed one goes on where the bytes are. */
export interface JournalStore {
  /**
   * The journal of a transfer into a folder: what an earlier run has left, or an empty one. Writes nothing yet.
   *
   * @param root the real path of the folder
   */
  open(root: string): Promise<JournalLog>;
}

/** One journal. Never fails: without it a transfer starts anew after its process died. */
export interface JournalLog {
  /** In the names of all parts of this transfer, and of no other: 12 hexadecimal digits. */
  readonly mark: string;
  /** Whether another process could go on with it. */
  readonly outlives: boolean;
  /** What an earlier run has left: once. */
  takeEarlier(): Iterable<JournalRecord>;
  /** Resolves when the record outlives this process. Records keep their order. */
  append(record: JournalRecord): Promise<void>;
  /** It is left to another process. */
  close(): Promise<void>;
  /** The transfer is over. */
  remove(): Promise<void>;
}
