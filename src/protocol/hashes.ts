import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";

export type HashName = "sha256" | "sha384" | "sha512";

/** SHA-2, and HKDF (RFC 5869) over it. */
export interface Hashes {
  readonly hash: (name: HashName, message: Uint8Array) => Uint8Array;
  /** `HKDF-Extract(salt, ikm)` */
  readonly extract: (name: HashName, salt: Uint8Array, ikm: Uint8Array) => Uint8Array;
  /** `HKDF-Expand(prk, info, length)`. @param prk at least as long as the hash @param length at most 255 times that */
  readonly expand: (name: HashName, prk: Uint8Array, info: Uint8Array, length: number) => Uint8Array;
}

interface Digest {
  update(bytes: Uint8Array): Digest;
  digest(): Uint8Array;
}

/** What is used of `node:crypto`. */
export interface NodeCrypto {
  readonly createHash: (name: HashName) => Digest;
  readonly createHmac: (name: HashName, key: Uint8Array) => Digest;
}

const PORTABLE = { sha256, sha384, sha512 };

/** In plain JavaScript, for where there is nothing else. */
export const portableHashes: Hashes = {
  hash: (name, message) => PORTABLE[name](message),
  extract: (name, salt, ikm) => extract(PORTABLE[name], ikm, salt),
  expand: (name, prk, info, length) => expand(PORTABLE[name], prk, info, length),
};

/** By Node's own, which need not be warmed up first. */
export function nodeHashes({ createHash, createHmac }: NodeCrypto): Hashes {
  const hmac = (name: HashName, key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array => {
    const keyed = createHmac(name, key);
    for (const part of parts) keyed.update(part);
    // As a plain array: the `slice` of Node's kind copies nothing.
    return new Uint8Array(keyed.digest());
  };
  return {
    hash: (name, message) => new Uint8Array(createHash(name).update(message).digest()),
    extract: (name, salt, ikm) => hmac(name, salt, ikm),
    expand: (name, prk, info, length) => {
      const okm = new Uint8Array(length);
      let block: Uint8Array = new Uint8Array(0);
      for (let at = 0, counter = 1; at < length; at += block.length, counter++) {
        block = hmac(name, prk, block, info, Uint8Array.of(counter));
        okm.set(block.subarray(0, length - at), at);
      }
      return okm;
    },
  };
}

/** A browser has no `process`, and what stands in for one there may have nothing in it. */
const platform: { readonly process?: { getBuiltinModule?(id: "node:crypto"): NodeCrypto } } = globalThis;
/**
 * Those of the platform. Not imported, since this folder must load where there is no Node. What runs once in a key agreement or
 * for each message is mostly run cold: fourteen HKDFs took 14 to 19 ms in plain JavaScript, and 3 this way.
 */
const native = platform.process?.getBuiltinModule?.("node:crypto");
export const {
  hash,
  extract: hkdfExtract,
  expand: hkdfExpand,
} = native === undefined ? portableHashes : nodeHashes(native);
