import { createHash, randomBytes } from "node:crypto";
import { nodeAead, type PeerStream } from "../../../src/client/index.js";
import {
  CHUNK_LENGTH_BYTES,
  type Direction,
  encodeHello,
  MESSAGE_HEADER_BYTES,
  MessageOpener,
  MessageSealer,
  type MessageType,
  type Session,
} from "../../../src/protocol/index.js";
import { lv } from "../../../src/protocol/lv.js";

const TYPES: readonly MessageType[] = ["hello", "manifest", "accept", "body", "end", "ack", "error"];
const NO_CONN = new Uint8Array(0);

/** A peer that knows the key and says what a test wants, in real records and in whatever order. */
export class WirePeer {
  readonly #session: Session;
  readonly #stream: PeerStream;
  readonly #out: Direction;
  readonly #in: Direction;
  readonly #nonce = new Uint8Array(randomBytes(16));
  #conn = NO_CONN;
  #sent = 0;
  #received = 0;

  constructor(session: Session, stream: PeerStream) {
    this.#session = session;
    this.#stream = stream;
    this.#out = session.role === "sender" ? "s2r" : "r2s";
    this.#in = session.role === "sender" ? "r2s" : "s2r";
  }

  /** Exchanges hellos. @param sasNonce instead of the one that was committed to */
  async greet(sasNonce = this.#session.sasNonce): Promise<void> {
    await this.send("hello", encodeHello({ nonce: this.#nonce, ...(sasNonce === undefined ? {} : { sasNonce }) }));
    const { plaintext } = await this.receive();
    const theirs = plaintext.subarray(0, 16);
    const nonces = this.#session.role === "sender" ? [this.#nonce, theirs] : [theirs, this.#nonce];
    this.#conn = new Uint8Array(
      createHash("sha256")
        .update(lv(...nonces))
        .digest(),
    );
  }

  /** Sends a whole message. */
  async send(type: MessageType, plaintext: Uint8Array): Promise<void> {
    const message = this.begin(type);
    for (let at = 0; ; at += this.#session.chunk) {
      const chunk = plaintext.subarray(at, at + this.#session.chunk);
      await message(chunk);
      if (chunk.length < this.#session.chunk) return;
    }
  }

  /** Begins a message that may have any number of chunks. @returns sends the next one */
  begin(type: MessageType): (chunk: Uint8Array) => Promise<void> {
    const { keys, chunk } = this.#session;
    const context = { direction: this.#out, conn: this.#conn, index: this.#sent++ };
    const sealer = new MessageSealer({
      aead: nodeAead,
      key: keys[this.#out],
      chunk,
      context,
      type,
      random: (length) => new Uint8Array(randomBytes(length)),
    });
    let header: readonly Uint8Array[] = [sealer.header];
    return async (plaintext) => {
      const parts = [...header, ...sealer.seal(plaintext)];
      header = [];
      await this.#stream.write(parts);
    };
  }

  /** Reads a whole message, whatever type it is. */
  async receive(): Promise<{ readonly type: MessageType; readonly plaintext: Buffer; readonly json: () => unknown }> {
    const header = await this.#read(MESSAGE_HEADER_BYTES);
    const { keys, chunk } = this.#session;
    const context = { direction: this.#in, conn: this.#conn, index: this.#received++ };
    const opener = MessageOpener.match({ aead: nodeAead, key: keys[this.#in], chunk, context, types: TYPES, header });
    if (opener === undefined) throw new Error("a record that does not match");
    const chunks: Uint8Array[] = [];
    for (;;) {
      const [a = 0, b = 0, c = 0] = await this.#read(CHUNK_LENGTH_BYTES);
      const opened = opener.open(await this.#read((a << 16) | (b << 8) | c));
      if (opened === undefined) throw new Error("a chunk that does not open");
      chunks.push(opened.plaintext);
      if (opened.last) break;
    }
    const plaintext = Buffer.concat(chunks);
    return { type: opener.type, plaintext, json: (): unknown => JSON.parse(plaintext.toString()) };
  }

  async #read(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    if ((await this.#stream.readFully(bytes)) < length) throw new Error("the other side closed");
    return bytes;
  }
}

/** Lines of JSON, as manifest and accept have them. */
export function jsonLines(...objects: readonly unknown[]): Uint8Array {
  return Buffer.from(objects.map((object) => `${JSON.stringify(object)}\n`).join(""));
}

/** A frame of a body; the length may be a lie. */
export function frame(
  entry: number | bigint,
  offset: number | bigint,
  bytes: Uint8Array,
  length = bytes.length,
): Uint8Array {
  const header = Buffer.alloc(20);
  header.writeBigUInt64BE(BigInt(entry), 0);
  header.writeBigUInt64BE(BigInt(offset), 8);
  header.writeUInt32BE(length, 16);
  return Buffer.concat([header, bytes]);
}
