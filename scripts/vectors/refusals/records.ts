/** Messages as bytes on a connection (docs/PROTOCOL.md section 6.1), changed on their way. */
import { concat, hex } from "../../../src/protocol/bytes.js";
import { portableAead } from "../../../src/protocol/portable-aead.js";
import { type MessageContext, MessageSealer, type MessageType } from "../../../src/protocol/record.js";
import { Secret } from "../../../src/protocol/secret.js";
import { recording } from "../values.js";
import { type Case, casesOf } from "./case.js";

const CHUNK = 16_384;
const HEADER = 56;
const KEY = new Uint8Array(32).fill(0x42);
const OTHER_KEY = new Uint8Array(32).fill(0x43);
const CONN = new Uint8Array(32).fill(0x11);
const HERE: MessageContext = { direction: "s2r", conn: CONN, index: 2 };
const MAY = ["body", "end", "error"] as const;

interface Sealed {
  readonly context?: MessageContext;
  readonly type?: MessageType;
  readonly key?: Uint8Array;
  readonly length?: number;
  readonly chunk?: number;
}

/** @returns header and chunks, each chunk behind its length */
function seal({ context = HERE, type = "body", key = KEY, length = 5, chunk = CHUNK }: Sealed): readonly Uint8Array[] {
  const { random } = recording(`refusals, ${type} ${context.index} ${context.direction} ${length}`);
  const sealer = new MessageSealer({ aead: portableAead, key: new Secret(key), chunk, context, type, random });
  const plaintext = Uint8Array.from({ length }, (_, i) => i % 251);
  const parts = [sealer.header];
  for (let at = 0; sealer.isOpen; at += chunk) parts.push(concat(...sealer.seal(plaintext.subarray(at, at + chunk))));
  return parts;
}

const whole = (sealed: Sealed): Uint8Array => concat(...seal(sealed));
const flip = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, i) => (i === (at < 0 ? bytes.length + at : at) ? byte ^ 1 : byte));
const withLength = (bytes: Uint8Array, n: number): Uint8Array =>
  concat(bytes.subarray(0, HEADER), Uint8Array.of(n >>> 16, n >>> 8, n), bytes.subarray(HEADER + 3));

export function recordCases(): Case[] {
  const place = { key: hex(KEY), chunk: CHUNK, direction: HERE.direction, conn: hex(CONN), index: HERE.index };
  const { refused, taken } = casesOf("record", "connection_lost", { ...place, may: MAY });
  const no = (name: string, wire: Uint8Array): Case => refused(name, { wire: hex(wire) });
  const small = whole({});
  const [header, first, second, last] = seal({ length: 2 * CHUNK });
  if (header === undefined || first === undefined || second === undefined || last === undefined)
    throw new Error("chunks");
  return [
    taken("a message of one chunk", { wire: hex(small), type: "body", length: 5 }),
    taken("an empty message", { wire: hex(whole({ length: 0 })), type: "body", length: 0 }),
    taken("another type that may come", { wire: hex(whole({ type: "end" })), type: "end", length: 5 }),
    taken("two full chunks and an empty one", {
      wire: hex(concat(header, first, second, last)),
      type: "body",
      length: 2 * CHUNK,
    }),
    no("a bit of the salt changed", flip(small, 0)),
    no("a bit of the commitment changed", flip(small, 24)),
    no("a bit of the ciphertext changed", flip(small, HEADER + 3)),
    no("a bit of the tag changed", flip(small, -1)),
    no("a length of 15, less than a tag", withLength(small, 15)),
    no("a length of 0", withLength(small, 0)),
    no("a length of one more than a full chunk", withLength(small, CHUNK + 17)),
    no("the greatest length there is", withLength(small, 0xffffff)),
    no("a length that is one byte short", withLength(small, 20)),
    no("the connection ends in the header", small.subarray(0, 40)),
    no("the connection ends behind the header", small.subarray(0, HEADER)),
    no("the connection ends in a length", small.subarray(0, HEADER + 2)),
    no("the connection ends in a chunk", small.subarray(0, -1)),
    no("the connection ends where an empty chunk should come", concat(header, first, second)),
    no("chunks changed places", concat(header, second, first, last)),
    no("a chunk twice", concat(header, first, first, last)),
    no("a chunk left out", concat(header, second, last)),
    no("a type that may not come now", whole({ type: "manifest" })),
    no("the message before, played back", whole({ context: { ...HERE, index: 1 } })),
    no("the message behind, the one between being lost", whole({ context: { ...HERE, index: 3 } })),
    no("of another connection", whole({ context: { ...HERE, conn: CONN.map((byte) => byte ^ 1) } })),
    no("as if it were the first of its direction", whole({ context: { ...HERE, conn: new Uint8Array(0) } })),
    no("of the other direction, with this one's key", whole({ context: { ...HERE, direction: "r2s" } })),
    no("with the other direction's key", whole({ key: OTHER_KEY })),
    no("made for another chunk size", whole({ chunk: 2 * CHUNK })),
  ];
}
