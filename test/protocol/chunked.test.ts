import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { nodeAead } from "../../src/client/node/node-aead.js";
import { type Aead, TAG_BYTES } from "../../src/protocol/aead.js";
import { concat, hex } from "../../src/protocol/bytes.js";
import {
  ChunkOpener,
  ChunkSealer,
  deriveMessageKeys,
  HEADER_BYTES,
  openHeader,
  SALT_BYTES,
} from "../../src/protocol/chunked.js";
import { portableAead } from "../../src/protocol/portable-aead.js";
import { flipped, present, unhex, vectors } from "./support.js";

/** c2sp.org/chunked-encryption: what Cobblestone-256 is beside ours. */
const LABEL = "c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM";
const CHUNK = 16_384;

interface Case {
  readonly tcId: number;
  readonly comment: string;
  readonly key: string;
  readonly ctx: string;
  readonly ct: string;
  readonly aeadKey?: string;
  readonly baseNonce?: string;
  readonly msgLength?: number;
  readonly msgSha512?: string;
  readonly result: "valid" | "invalid";
  readonly flags: readonly string[];
}

const {
  testGroups: [group],
} = vectors("cobblestone-256-wycheproof.json") as {
  readonly testGroups: readonly { readonly tests: readonly Case[] }[];
};
const cases = (group?.tests ?? []).map((each) => [each.tcId, each.comment, each] as const);

const sha512 = (bytes: Uint8Array): string => createHash("sha512").update(bytes).digest("hex");

/** What c2sp's reader returns: all chunks that opened, and whether the last was among them. */
function decrypt(aead: Aead, { key, ctx }: Case, sealed: Uint8Array) {
  const keys =
    key.length === 64 ? openHeader(unhex(key), LABEL, sealed.subarray(0, HEADER_BYTES), unhex(ctx)) : undefined;
  if (keys === undefined) return { keys, plaintext: new Uint8Array(0), isWhole: false };
  const opener = new ChunkOpener(aead, keys, CHUNK);
  const opened: Uint8Array[] = [];
  for (let at = HEADER_BYTES; at < sealed.length; at += CHUNK + TAG_BYTES) {
    const chunk = opener.open(sealed.subarray(at, at + CHUNK + TAG_BYTES));
    if (chunk === undefined) break;
    opened.push(chunk.plaintext);
    if (chunk.last) return { keys, plaintext: concat(...opened), isWhole: at + CHUNK + TAG_BYTES >= sealed.length };
  }
  return { keys, plaintext: concat(...opened), isWhole: false };
}

describe("Cobblestone-256 by Wycheproof", () => {
  test("all 35 cases are there", () => {
    expect(cases).toHaveLength(35);
  });

  test.each(cases)("%i %s", (_id, _comment, each) => {
    const sealed = inflateSync(unhex(each.ct));
    const { keys, plaintext, isWhole } = decrypt(nodeAead, each, sealed);
    expect(isWhole).toBe(each.result === "valid");
    expect(keys === undefined).toBe(each.flags.includes("HeaderFailure"));
    expect(keys && hex(keys.key)).toBe(each.aeadKey);
    expect(keys && hex(keys.baseNonce)).toBe(each.baseNonce);
    // What opened, of an invalid message too. Nothing when the case names no length.
    expect(plaintext.length).toBe(each.msgLength ?? 0);
    expect(sha512(plaintext)).toBe(each.msgSha512 ?? sha512(new Uint8Array(0)));
  });

  // The portable AEAD is slow: what it must get right is the same, and 4 MiB more tell nothing new.
  test.each(cases.filter(([, , { ct }]) => ct.length < 1000))("%i %s, by the portable AEAD", (_id, _comment, each) => {
    const sealed = inflateSync(unhex(each.ct));
    expect(decrypt(portableAead, each, sealed)).toEqual(decrypt(nodeAead, each, sealed));
  });

  test.each(cases.filter(([, , { result, ct }]) => result === "valid" && ct.length < 1000))(
    "%i %s: sealing makes the same bytes",
    (_id, _comment, each) => {
      const sealed = inflateSync(unhex(each.ct));
      const { plaintext } = decrypt(nodeAead, each, sealed);
      const keys = deriveMessageKeys(unhex(each.key), LABEL, sealed.subarray(0, SALT_BYTES), unhex(each.ctx));
      const sealer = new ChunkSealer(nodeAead, keys, CHUNK);
      const parts: Uint8Array[] = [sealed.subarray(0, SALT_BYTES), keys.commitment];
      for (let at = 0; sealer.isOpen; at += CHUNK) parts.push(...sealer.seal(plaintext.subarray(at, at + CHUNK)));
      expect(concat(...parts)).toEqual(Uint8Array.from(sealed));
    },
  );
});

describe("a message", () => {
  const keys = deriveMessageKeys(new Uint8Array(32), LABEL, new Uint8Array(SALT_BYTES), new Uint8Array(0));

  test("has no chunk longer than agreed, and none behind the last", () => {
    const sealer = new ChunkSealer(portableAead, keys, 4);
    expect(() => sealer.seal(new Uint8Array(5))).toThrow(RangeError);
    sealer.seal(new Uint8Array(4));
    expect(sealer.isOpen).toBe(true);
    sealer.seal(new Uint8Array(3));
    expect(sealer.isOpen).toBe(false);
    expect(() => sealer.seal(new Uint8Array(0))).toThrow(RangeError);
  });

  test("opens nothing behind a chunk that failed, not even what is valid", () => {
    const sealer = new ChunkSealer(portableAead, keys, 4);
    const [first, second] = [sealer.seal(new Uint8Array(4)), sealer.seal(new Uint8Array(4))].map((parts) =>
      concat(...parts),
    );
    const opener = new ChunkOpener(portableAead, keys, 4);
    expect(opener.open(flipped(present(first), 3))).toBeUndefined();
    expect(opener.open(present(second))).toBeUndefined();
    const twice = new ChunkOpener(portableAead, keys, 4);
    expect(twice.open(present(first))?.last).toBe(false);
    expect(twice.open(present(second))?.last).toBe(false);
  });

  test.each([0, 15, 21])("takes no chunk of %i bytes when 4 + 16 is the most", (length) => {
    expect(new ChunkOpener(portableAead, keys, 4).open(new Uint8Array(length))).toBeUndefined();
  });

  test.each([0, 31, 33, 64])("is not made with a key of %i bytes", (length) => {
    expect(() =>
      deriveMessageKeys(new Uint8Array(length), LABEL, new Uint8Array(SALT_BYTES), new Uint8Array(0)),
    ).toThrow(RangeError);
  });
});
