import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nodeAead } from "../../src/client/node/node-aead.js";
import type { Aead } from "../../src/protocol/aead.js";
import { concat } from "../../src/protocol/bytes.js";
import { portableAead } from "../../src/protocol/portable-aead.js";
import {
  CHUNK_LENGTH_BYTES,
  MESSAGE_HEADER_BYTES,
  MESSAGE_MAX_BYTES,
  type MessageContext,
  MessageOpener,
  MessageSealer,
  type MessageType,
  readChunkLength,
  TAG_BYTES,
} from "../../src/protocol/record.js";
import { Secret } from "../../src/protocol/secret.js";
import { bytes, flipped, repeatable } from "./support.js";
import { MessageReader, readMessage, writeMessage } from "./wire.js";

const CHUNK = 16_384;
const KEY = new Secret(new Uint8Array(32).fill(3));
const CONTEXT: MessageContext = { direction: "s2r", conn: new Uint8Array(32).fill(9), index: 2 };
const OPTIONS = { aead: nodeAead, key: KEY, chunk: CHUNK, context: CONTEXT } as const;
const MAY_COME: readonly MessageType[] = ["body", "end", "error"];

const random = repeatable("records");
const write = (plaintext: Uint8Array, more: Partial<Parameters<typeof writeMessage>[0]> = {}): Uint8Array =>
  writeMessage({ ...OPTIONS, type: "body", random, ...more }, plaintext);
const read = (wire: Uint8Array, more: Partial<Parameters<typeof readMessage>[0]> = {}) =>
  readMessage({ ...OPTIONS, types: MAY_COME, ...more }, wire);

describe("what was sealed opens", () => {
  test("with any length around the border of a chunk", () => {
    for (const length of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 5]) {
      const plaintext = random(length);
      const wire = write(plaintext);
      expect(read(wire)).toEqual({ type: "body", plaintext });
      // A multiple of the chunk, 0 included, is ended by an empty one.
      const chunks = Math.floor(length / CHUNK) + 1;
      expect(wire.length).toBe(MESSAGE_HEADER_BYTES + length + chunks * (CHUNK_LENGTH_BYTES + TAG_BYTES));
    }
  });

  test("whatever the sizes of the pieces it comes in, single bytes too", () => {
    const plaintext = random(CHUNK + 100);
    const wire = write(plaintext);
    const inPieces = (sizes: () => number): Uint8Array | undefined => {
      const reader = new MessageReader({ ...OPTIONS, types: MAY_COME });
      for (let at = 0; at < wire.length;) {
        const size = sizes();
        expect(reader.push(wire.subarray(at, at + size))).toBe(true);
        at += size;
      }
      return reader.whole;
    };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1 }), (sizes) => {
        let at = 0;
        expect(inPieces(() => sizes[at++ % sizes.length] ?? 1)).toEqual(plaintext);
      }),
      { numRuns: 20 },
    );
    const short = write(random(40));
    const reader = new MessageReader({ ...OPTIONS, types: MAY_COME });
    for (const byte of short) expect(reader.push(bytes(byte))).toBe(true);
    expect(reader.whole).toHaveLength(40);
  });

  test.each(["hello", "manifest", "accept", "body", "end", "ack", "error"] as const)(
    "%s is told by its commitment alone",
    (type) => {
      const wire = write(bytes(1, 2, 3), { type });
      expect(read(wire, { types: [type] })?.type).toBe(type);
      expect(read(wire, { types: ["error", "end", type] })?.type).toBe(type);
      expect(read(wire, { types: [] })).toBeUndefined();
    },
  );

  test("by either AEAD, with the same bytes", () => {
    const fixed = repeatable("same");
    const salt = fixed(24);
    const plaintext = fixed(CHUNK + 3);
    const [a, b] = [nodeAead, portableAead].map((aead) => write(plaintext, { aead, random: () => salt.slice() }));
    expect(a).toEqual(b);
    expect(read(a ?? salt, { aead: portableAead })).toEqual({ type: "body", plaintext });
  });

  test("with a salt of its own for every message", () => {
    expect(write(bytes(1)).subarray(0, 24)).not.toEqual(write(bytes(1)).subarray(0, 24));
  });
});

describe("what is refused", () => {
  test("a record with any one bit changed: in salt, commitment, length, ciphertext or tag", () => {
    const wire = write(bytes(1, 2, 3, 4, 5));
    for (let bit = 0; bit < wire.length * 8; bit++) expect(read(flipped(wire, bit)), `bit ${bit}`).toBeUndefined();
    expect(read(wire)?.plaintext).toEqual(bytes(1, 2, 3, 4, 5));
  });

  test("a record that is cut anywhere", () => {
    const wire = write(bytes(1, 2, 3));
    for (let length = 0; length < wire.length; length++) expect(read(wire.subarray(0, length))).toBeUndefined();
  });

  test("a message without its last chunk", () => {
    const wire = write(random(CHUNK));
    expect(read(wire.subarray(0, wire.length - CHUNK_LENGTH_BYTES - TAG_BYTES))).toBeUndefined();
  });

  test("chunks exchanged, dropped or sent twice", () => {
    const wire = write(random(2 * CHUNK + 1));
    const size = CHUNK_LENGTH_BYTES + CHUNK + TAG_BYTES;
    const header = wire.subarray(0, MESSAGE_HEADER_BYTES);
    const [a, b, c] = [0, size, 2 * size].map((at) =>
      wire.subarray(MESSAGE_HEADER_BYTES + at, MESSAGE_HEADER_BYTES + at + size),
    );
    if (a === undefined || b === undefined || c === undefined) throw new Error("three chunks");
    expect(read(concat(header, a, b, c))).toBeDefined();
    for (const order of [[b, a, c], [a, c], [b, c], [a, a, b, c], [c], [a, b, c, c]]) {
      expect(read(concat(header, ...order))).toBeUndefined();
    }
  });

  test.each<[string, Partial<typeof OPTIONS> & { readonly types?: readonly MessageType[] }]>([
    ["another key", { key: new Secret(new Uint8Array(32).fill(4)) }],
    ["the other direction", { context: { ...CONTEXT, direction: "r2s" } }],
    ["another connection", { context: { ...CONTEXT, conn: new Uint8Array(32) } }],
    ["no connection", { context: { ...CONTEXT, conn: new Uint8Array(0) } }],
    ["the place before", { context: { ...CONTEXT, index: 1 } }],
    ["the place behind", { context: { ...CONTEXT, index: 3 } }],
    ["another chunk size", { chunk: (2 * CHUNK) as typeof CHUNK }],
    ["another type", { types: ["end", "error"] }],
  ])("with %s nothing opens: no replay, reflection, drop or mix-up", (_what, other) => {
    expect(read(write(bytes(1)), other)).toBeUndefined();
  });

  test("a header of another length", () => {
    const { header } = new MessageSealer({ ...OPTIONS, type: "body", random });
    for (const other of [header.subarray(1), concat(header, bytes(0)), bytes()]) {
      expect(MessageOpener.match({ ...OPTIONS, types: MAY_COME, header: other })).toBeUndefined();
    }
  });
});

describe("lengths are read before memory is taken", () => {
  test.each([
    [0, undefined],
    [15, undefined],
    [16, 16],
    [CHUNK + 16, CHUNK + 16],
    [CHUNK + 17, undefined],
    [0xffffff, undefined],
  ])("%i is %s", (length, result) => {
    expect(readChunkLength(bytes(length >> 16, length >> 8, length), CHUNK)).toBe(result);
  });

  test("they are three bytes", () => {
    expect(readChunkLength(bytes(0, 16), CHUNK)).toBeUndefined();
    expect(readChunkLength(bytes(0, 0, 16, 0), CHUNK)).toBeUndefined();
  });

  test("the largest chunk fits into them", () => {
    expect(readChunkLength(bytes(0x80, 0, 16), 8_388_608)).toBe(8_388_624);
  });
});

describe("the sealer", () => {
  test("hands out the length of a full chunk without making it anew, and copies nothing of the AEAD's", () => {
    const parts = [bytes(1), bytes(2)];
    const aead: Aead = { seal: () => parts, open: () => undefined };
    const sealer = new MessageSealer({ ...OPTIONS, aead, type: "body", random });
    const [first, ...sealed] = sealer.seal(new Uint8Array(CHUNK));
    const [second] = sealer.seal(new Uint8Array(CHUNK));
    expect(first).toBe(second);
    expect(sealed).toEqual(parts);
    expect(sealed[0]).toBe(parts[0]);
    expect(sealer.isOpen).toBe(true);
  });

  test("ends with a short chunk", () => {
    const sealer = new MessageSealer({ ...OPTIONS, type: "body", random });
    sealer.seal(bytes(1));
    expect(sealer.isOpen).toBe(false);
    expect(() => sealer.seal(bytes(1))).toThrow(RangeError);
  });

  test("takes no chunk size that no peer could have agreed to", () => {
    expect(() => new MessageSealer({ ...OPTIONS, chunk: 100, type: "body", random })).toThrow(RangeError);
  });

  test("and the opener stop at what one message may hold", () => {
    // Chunks of 8 MiB that cost nothing: only their lengths count here.
    const chunk = 8_388_608;
    const plaintext = new Uint8Array(chunk);
    const aead: Aead = { seal: () => [], open: () => plaintext };
    const sealer = new MessageSealer({ ...OPTIONS, chunk, aead, type: "body", random });
    const opener = MessageOpener.match({ ...OPTIONS, chunk, aead, types: ["body"], header: sealer.header });
    const sealed = new Uint8Array(chunk + TAG_BYTES);
    for (let i = 0; i < MESSAGE_MAX_BYTES / chunk; i++) {
      sealer.seal(plaintext);
      expect(opener?.open(sealed)?.last).toBe(false);
    }
    expect(() => sealer.seal(plaintext)).toThrow(RangeError);
    expect(opener?.open(sealed)).toBeUndefined();
  });
});
