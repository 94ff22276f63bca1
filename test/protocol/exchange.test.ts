/** `test/vectors/exchange.json`, by the runs themselves and by a second implementation. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { nodeAead } from "../../src/client/node/node-aead.js";
import { concat, hex } from "../../src/protocol/bytes.js";
import { parseCode } from "../../src/protocol/code-phrase.js";
import { startRecipient, startSender } from "../../src/protocol/handshake.js";
import { decodeHello } from "../../src/protocol/messages.js";
import { type Aead, type Direction, MessageSealer, type MessageType } from "../../src/protocol/record.js";
import { Secret } from "../../src/protocol/secret.js";
import { begin, contextOf, finish, mayFollow, meet, NEW_SEQUENCE } from "../../src/protocol/sequence.js";
import { type SuiteName, SUITE_NAMES } from "../../src/protocol/suite-names.js";
import { portableAead } from "../../src/protocol/portable-aead.js";
import { reference } from "./reference.js";
import { present, scripted, unhex, vectors } from "./support.js";
import { readMessage } from "./wire.js";

interface Exchange {
  readonly curve: SuiteName;
  readonly inputs: Readonly<
    Record<"code" | "channel" | "PRS" | "sid" | "ya_seed" | "yb_seed" | "nS" | "capsA" | "capsB", string>
  > & {
    readonly mlkem_seed?: string;
    readonly mlkem_m?: string;
  };
  readonly values: Readonly<Record<string, string>> & { readonly chunk: number };
  readonly records: readonly (Readonly<
    Record<"conn" | "salt" | "plaintext" | "wire" | "key" | "base_nonce" | "commitment", string>
  > & {
    readonly direction: Direction;
    readonly type: MessageType;
    readonly index: number;
  })[];
}

interface Border {
  readonly direction: Direction;
  readonly conn: string;
  readonly index: number;
  readonly type: MessageType;
  readonly chunk: number;
  readonly direction_key: string;
  readonly salt: string;
  readonly plaintext_length: number;
  readonly wire_length: number;
  readonly wire_sha256: string;
}

const { exchanges, borders } = vectors("exchange.json") as {
  readonly exchanges: readonly Exchange[];
  readonly borders: readonly Border[];
};

const drawsOf = (...texts: readonly (string | undefined)[]) =>
  scripted(texts.flatMap((text) => (text === undefined ? [] : [unhex(text)])));
const chunkOf = (caps: string): number => (JSON.parse(caps) as { readonly chunk: number }).chunk;

test("every suite has its exchange", () => {
  expect(exchanges.map(({ curve }) => curve)).toEqual([...SUITE_NAMES]);
});

describe.each(exchanges.map((exchange) => [exchange.curve, exchange] as const))(
  "%s",
  (curve, { inputs, values, records }) => {
    test("the runs make these shares, tags, keys and digits of these draws", async () => {
      const { channel, secret } = parseCode(inputs.code);
      expect(hex(secret.reveal())).toBe(inputs.PRS);
      const senderRandom = drawsOf(inputs.sid, inputs.ya_seed, inputs.nS, inputs.mlkem_seed);
      const sender = await startSender({ channel, secret, curve, chunk: chunkOf(inputs.capsA), random: senderRandom });
      expect(sender.x).toBe(values["x"]);
      const recipientRandom = drawsOf(inputs.yb_seed, inputs.mlkem_m);
      const recipient = await startRecipient({
        channel,
        secret,
        curve,
        chunk: chunkOf(inputs.capsB),
        random: recipientRandom,
        x: sender.x,
      });
      expect([recipient.y, recipient.hhK]).toEqual([values["y"], values["hh_k"]]);
      const session = sender.finish(recipient.y, recipient.hhK);
      expect([session.hK, session.sas, session.chunk]).toEqual([values["h_k"], values["SAS"], values.chunk]);
      expect(hex(session.keys.s2r.reveal())).toBe(values["key_s2r"]);
      expect(hex(session.keys.r2s.reveal())).toBe(values["key_r2s"]);
      expect(recipient.confirm(session.hK).sasFor(unhex(inputs.nS))).toBe(values["SAS"]);
    });

    test("a second implementation finds every value on the way", () => {
      const optional = (text: string | undefined): Uint8Array | undefined =>
        text === undefined ? undefined : unhex(text);
      const found = reference({
        ...{ curve, channel: inputs.channel, words: Buffer.from(inputs.PRS, "hex").toString() },
        ...{
          sid: unhex(inputs.sid),
          nS: unhex(inputs.nS),
          yaSeed: unhex(inputs.ya_seed),
          ybSeed: unhex(inputs.yb_seed),
        },
        ...{ kemSeed: optional(inputs.mlkem_seed), kemMessage: optional(inputs.mlkem_m) },
        ...{ capsA: inputs.capsA, capsB: inputs.capsB },
      });
      const shown = Object.entries(found).map(([name, value]) => {
        if (typeof value === "bigint") return [name, value.toString(16)];
        return [name, typeof value === "string" ? value : hex(value)];
      });
      expect(values).toMatchObject(Object.fromEntries(shown));
    });

    test.each([
      ["node:crypto", nodeAead],
      ["the portable AEAD", portableAead],
    ])("the records open in their order, and are sealed to the same bytes, by %s", (_name, aead) => {
      const keys = {
        s2r: new Secret(unhex(present(values["key_s2r"]))),
        r2s: new Secret(unhex(present(values["key_r2s"]))),
      };
      const nonces: Uint8Array[] = [];
      let sequence = NEW_SEQUENCE;
      for (const { direction, type, index, conn, salt, plaintext, wire } of records) {
        const context = contextOf(sequence, direction);
        expect([context.index, hex(context.conn)]).toEqual([index, conn]);
        const options = { aead, key: keys[direction], chunk: values.chunk, context };
        const read = readMessage({ ...options, types: mayFollow(sequence, direction) }, unhex(wire));
        expect([read?.type, read && hex(read.plaintext)]).toEqual([type, plaintext]);

        const sealer = new MessageSealer({ ...options, type, random: scripted([unhex(salt)]) });
        expect(hex(concat(sealer.header, ...sealer.seal(unhex(plaintext))))).toBe(wire);

        sequence = finish(begin(sequence, direction, type), direction);
        if (type === "hello")
          nonces.push(decodeHello(direction === "s2r" ? "sender" : "recipient", unhex(plaintext)).nonce);
        if (nonces.length === 2 && sequence.conn === undefined)
          sequence = meet(sequence, ...(nonces as [Uint8Array, Uint8Array]));
      }
      expect(mayFollow(sequence, "r2s")).toEqual([]);
    });
  },
);

describe("messages at the border of a chunk", () => {
  const seal = (aead: Aead, border: Border): Uint8Array => {
    const { direction, index, type, chunk, plaintext_length: length } = border;
    const context = { direction, conn: unhex(border.conn), index };
    const key = new Secret(unhex(border.direction_key));
    const sealer = new MessageSealer({ aead, key, chunk, context, type, random: scripted([unhex(border.salt)]) });
    const plaintext = Uint8Array.from({ length }, (_, i) => i % 251);
    const parts = [sealer.header];
    for (let at = 0; sealer.isOpen; at += chunk) parts.push(...sealer.seal(plaintext.subarray(at, at + chunk)));
    return concat(...parts);
  };

  test.each(borders.map((border) => [border.plaintext_length, border] as const))(
    "%i bytes of plaintext",
    (length, border) => {
      const wire = seal(nodeAead, border);
      expect(wire.length).toBe(border.wire_length);
      expect(wire.length).toBe(56 + length + 19 * (Math.floor(length / border.chunk) + 1));
      expect(createHash("sha256").update(wire).digest("hex")).toBe(border.wire_sha256);
      expect(seal(portableAead, border)).toEqual(wire);
    },
  );
});
