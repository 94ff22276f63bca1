/**
 * Who gets what a leg reads. One reader at a time: the hello line, then the wait, then the splice.
 */
export interface LegReader {
  /**
   * Bytes have arrived. They are lent.
   *
   * @returns true when they are done with: the leg may overwrite them and read on. False to keep them unchanged and
   *   to stop reading, until `resume` of the leg.
   */
  read(bytes: Buffer): boolean;
  /** The other end will send nothing more. It may still be written to. */
  eof(): void;
  /** The leg is gone. Called once, and nothing after it. */
  closed(): void;
}

/**
 * One connection of one peer, as the stapler sees it: TCP in one of two implementations, or anything else that
 * carries bytes both ways (a WebSocket). The hot path is callbacks on purpose: no stream object, no event and no
 * allocation per read.
 */
export interface Leg {
  /** The peer's IP address. */
  readonly remoteAddress: string;
  /** Hands what is read from now on to this reader. The first call starts the reading. */
  readTo(reader: LegReader): void;
  /** Reads on, after a reader has answered false. */
  resume(): void;
  /**
   * Writes. Bytes for a leg that is gone, or was ended, vanish: `closed` tells of it.
   *
   * @param bytes must stay unchanged while false is answered and `written` has not been called
   * @param written called once if the answer is false, when the bytes are out and more may be written. Pass the same
   *   function every time: Node then batches its calls.
   * @returns true when the bytes are done with
   */
  write(bytes: Buffer, written: () => void): boolean;
  /** Sends what is left, then that nothing more will come. Reading goes on. */
  end(): void;
  /** Drops the connection at once, and what is left unsent here. */
  destroy(): void;
  /** The leg is gone, or about to be: nothing will come of it any more. */
  readonly destroyed: boolean;
  /** Bytes that are in this process on their way in or out: read and given to nobody yet, or written and not yet out. */
  readonly held: number;
  /** Calls this when the leg is gone, whoever reads it then. For one listener, who counts the legs. */
  whenGone(listener: () => void): void;
}
