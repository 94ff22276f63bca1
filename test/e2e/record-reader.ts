import { MESSAGE_HEADER_BYTES, TAG_BYTES } from "../../src/protocol/index.js";

const LENGTH_BYTES = 3;
const LINE_FEED = 0x0a;

/** The hello line, which is passed on, or a record. */
export interface Found {
  readonly bytes: Buffer;
  readonly isRecord: boolean;
}

/** Finds the records in what a peer sends to a stapler, as anybody on the line can: a chunk each, the first of a message with its header. */
export class RecordReader {
  readonly #chunk: number;
  #rest = Buffer.alloc(0);
  #isBehindLine = false;
  #isInMessage = false;

  constructor(chunk: number) {
    this.#chunk = chunk;
  }

  *push(bytes: Buffer): Generator<Found> {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const isRecord = this.#isBehindLine;
      const end = isRecord ? this.#endOfRecord() : this.#rest.indexOf(LINE_FEED) + 1;
      if (end === 0) return;
      this.#isBehindLine = true;
      yield { bytes: Buffer.from(this.#rest.subarray(0, end)), isRecord };
      this.#rest = this.#rest.subarray(end);
    }
  }

  /** @returns 0 as long as it is not whole */
  #endOfRecord(): number {
    const at = this.#isInMessage ? 0 : MESSAGE_HEADER_BYTES;
    if (this.#rest.length < at + LENGTH_BYTES) return 0;
    const length = this.#rest.readUIntBE(at, LENGTH_BYTES);
    const end = at + LENGTH_BYTES + length;
    if (this.#rest.length < end) return 0;
    this.#isInMessage = length === this.#chunk + TAG_BYTES;
    return end;
  }
}
