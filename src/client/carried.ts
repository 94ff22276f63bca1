import type { PeerStream } from "./peer-stream.js";

/**
 * More than the greetings, and far less than what a line carries that is worth making again. A box on the way that lets
 * greetings through and then cuts is none.
 */
const WORTHWHILE_BYTES = 16 * 1024;

/** A stream that counts what it carries. */
export interface CountedStream {
  readonly stream: PeerStream;
  /** Whether the other side was heard on it and more than the greetings went over it, in either direction. */
  readonly wasOfUse: () => boolean;
}

export function counted(inner: PeerStream): CountedStream {
  let [heard, said] = [0, 0];
  const stream: PeerStream = {
    readFully: async (target) => {
      const bytes = await inner.readFully(target);
      heard += bytes;
      return bytes;
    },
    write: async (parts) => {
      await inner.write(parts);
      for (const { length } of parts) said += length;
    },
    end: () => inner.end(),
    destroy: () => inner.destroy(),
    closed: inner.closed,
    get via() {
      return inner.via;
    },
  };
  // What is only said may lie anywhere.
  return { stream, wasOfUse: () => heard > 0 && heard + said >= WORTHWHILE_BYTES };
}
