/** The records of a worked connection, and messages at the border of a chunk. */
import { createHash } from "node:crypto";
import { encodeAcceptHead } from "../../src/protocol/accept.js";
import { encodeFrameHeader } from "../../src/protocol/body.js";
import { concat, u64be, utf8 } from "../../src/protocol/bytes.js";
import { deriveMessageKeys } from "../../src/protocol/chunked.js";
import { lv } from "../../src/protocol/lv.js";
import { encodeManifestEntry, encodeManifestHead } from "../../src/protocol/manifest.js";
import { encodeAck, encodeEnd, encodeHello } from "../../src/protocol/messages.js";
import { portableAead } from "../../src/protocol/portable-aead.js";
import { type Direction, type MessageContext, MessageSealer, type MessageType } from "../../src/protocol/record.js";
import type { RandomBytes } from "../../src/protocol/random.js";
import { Secret } from "../../src/protocol/secret.js";
import { begin, contextOf, finish, meet, NEW_SEQUENCE } from "../../src/protocol/sequence.js";
import type { Session } from "../../src/protocol/session.js";
import { present, recording, shown, type Values } from "./values.js";

/** A small transfer: every message of one connection, in an order in which it may happen. */
export function transfer(curve: string, session: Session): Values[] {
  const draws = recording(`${curve}, connection`);
  const nonceS = draws.random(16);
  const nonceR = draws.random(16);
  const content = utf8("hello, world");
  const size = content.length;
  const manifest = concat(
    encodeManifestHead({ kind: "files", entries: 1, bytes: size }),
    encodeManifestEntry({ path: "hello.txt", type: "file", size, mode: 0o644, mtime: 1_767_225_600_000 }),
  );
  let place = NEW_SEQUENCE;
  const record = (direction: Direction, type: MessageType, plaintext: Uint8Array): Values => {
    const context = contextOf(place, direction);
    place = finish(begin(place, direction, type), direction);
    return sealed(session.keys[direction], session.chunk, context, type, plaintext, draws.random);
  };
  const hellos = [
    record("s2r", "hello", encodeHello({ nonce: nonceS, sasNonce: present(session.sasNonce) })),
    record("r2s", "hello", encodeHello({ nonce: nonceR })),
  ];
  place = meet(place, nonceS, nonceR);
  return [
    ...hellos,
    record("s2r", "manifest", manifest),
    record("r2s", "accept", encodeAcceptHead("send")),
    record("s2r", "body", concat(encodeFrameHeader(0, 0, size), content)),
    record("s2r", "end", encodeEnd({ entries: 1, failed: 0, bytes: size })),
    record("r2s", "ack", encodeAck({ entries: 1, bytes: size })),
  ];
}

/** One message of one chunk, with everything that was derived for it. */
function sealed(
  key: Secret,
  chunk: number,
  context: MessageContext,
  type: MessageType,
  plaintext: Uint8Array,
  random: RandomBytes,
): Values {
  const salt = random(24);
  const { direction, index, conn } = context;
  const sealer = new MessageSealer({ aead: portableAead, key, chunk, context, type, random: () => salt });
  const messageContext = lv(utf8("duet/1"), utf8(direction), conn, u64be(index), utf8(type));
  const keys = deriveMessageKeys(key.reveal(), `duet/1/chunk${chunk}+AEAD_AES_256_GCM`, salt, messageContext);
  const wire = concat(sealer.header, ...sealer.seal(plaintext));
  const { key: aeadKey, baseNonce: base_nonce, commitment } = keys;
  return shown({
    direction,
    type,
    index,
    conn,
    salt,
    context: messageContext,
    key: aeadKey,
    base_nonce,
    commitment,
    plaintext,
    wire,
  });
}

/** Messages that end at, before and behind the border of a chunk. Their bytes are too many to print: i-th byte is i mod 251. */
export function border(length: number): Values {
  const chunk = 16_384;
  const key = new Uint8Array(32).fill(0x42);
  const salt = new Uint8Array(24).fill(0x24);
  const context: MessageContext = { direction: "s2r", conn: new Uint8Array(32).fill(0x11), index: 7 };
  const plaintext = Uint8Array.from({ length }, (_, i) => i % 251);
  const options = {
    aead: portableAead,
    key: new Secret(key),
    chunk,
    context,
    type: "body",
    random: () => salt,
  } as const;
  const sealer = new MessageSealer(options);
  const parts = [sealer.header];
  for (let at = 0; sealer.isOpen; at += chunk) parts.push(...sealer.seal(plaintext.subarray(at, at + chunk)));
  const wire = concat(...parts);
  const wire_sha256 = createHash("sha256").update(wire).digest("hex");
  return shown({
    ...context,
    type: "body",
    chunk,
    direction_key: key,
    salt,
    plaintext_length: length,
    wire_length: wire.length,
    wire_sha256,
  });
}
