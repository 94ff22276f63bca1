import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Hashes, hkdfExtract, nodeHashes, portableHashes } from "../../src/protocol/hashes.js";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));

describe.each([
  ["portable", portableHashes],
  ["Node's", nodeHashes({ createHash, createHmac })],
] as const)("HKDF, %s", (_name, { hash: sha, extract, expand }: Hashes) => {
  test("RFC 5869, appendix A.1", () => {
    const prk = extract("sha256", bytes("000102030405060708090a0b0c"), bytes("0b".repeat(22)));
    expect(prk).toEqual(bytes("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"));
    expect(expand("sha256", prk, bytes("f0f1f2f3f4f5f6f7f8f9"), 42)).toEqual(
      bytes("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"),
    );
  });

  test("RFC 5869, appendix A.3: no salt and no info", () => {
    const prk = extract("sha256", bytes(""), bytes("0b".repeat(22)));
    expect(prk).toEqual(bytes("19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04"));
    expect(expand("sha256", prk, bytes(""), 42)).toEqual(
      bytes("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"),
    );
  });

  test("SHA-384 and SHA-512 of nothing", () => {
    expect(sha("sha384", bytes("")).slice(0, 4)).toEqual(bytes("38b060a7"));
    expect(sha("sha512", bytes("")).slice(0, 4)).toEqual(bytes("cf83e135"));
  });
});

test("both give the same, as arrays of their own", () => {
  const node = nodeHashes({ createHash, createHmac });
  const some = fc.uint8Array({ maxLength: 300 });
  const keys = fc.uint8Array({ minLength: 64, maxLength: 200 });
  const names = fc.constantFrom("sha256", "sha384", "sha512");
  fc.assert(
    fc.property(names, keys, some, fc.integer({ min: 0, max: 400 }), (name, one, other, length) => {
      expect(node.hash(name, one)).toEqual(portableHashes.hash(name, one));
      expect(node.extract(name, one, other)).toEqual(portableHashes.extract(name, one, other));
      expect(node.expand(name, one, other, length)).toEqual(portableHashes.expand(name, one, other, length));
    }),
  );
  const own = node.hash("sha256", new Uint8Array(0));
  expect([own.constructor, own.buffer.byteLength]).toEqual([Uint8Array, 32]);
});

test("here Node's are taken", () => {
  expect(String(hkdfExtract)).toBe(String(nodeHashes({ createHash, createHmac }).extract));
});
