import { describe, expect, test } from "vitest";
import { hex } from "../../src/protocol/bytes.js";
import { mlKem768 } from "../../src/protocol/hybrid.js";
import { repeatable, unhex, vectors } from "./support.js";

interface Case {
  readonly tcId: number;
  readonly comment?: string;
  readonly seed: string;
  readonly ek: string;
  readonly dk: string;
  readonly m: string;
  readonly c: string;
  readonly K: string;
  readonly result: "valid" | "invalid";
}

interface Wycheproof {
  readonly mlkem_768_keygen_seed_test: readonly Case[];
  readonly mlkem_768_encaps_test: readonly Case[];
  readonly mlkem_768_test: readonly Case[];
}

const {
  mlkem_768_keygen_seed_test: keygen,
  mlkem_768_encaps_test: encaps,
  mlkem_768_test: decaps,
} = vectors("mlkem768-wycheproof-subset.json") as Wycheproof;

const isValid = ({ result }: Case): boolean => result === "valid";
const titled = (cases: readonly Case[]) =>
  cases.map((each) => [`${each.tcId} ${each.comment ?? each.result}`, each] as const);

describe("ML-KEM-768 by Wycheproof", () => {
  test.each(titled(keygen))("keygen %s", (_title, { seed, ek, dk }) => {
    const { publicKey, secretKey } = mlKem768.keygen(unhex(seed));
    expect(hex(publicKey)).toBe(ek);
    expect(hex(secretKey)).toBe(dk);
  });

  test.each(titled(encaps.filter(isValid)))("encaps %s", (_title, { ek, m, c, K }) => {
    const sent = mlKem768.encapsulate(unhex(ek), unhex(m));
    expect(sent && hex(sent.ciphertext)).toBe(c);
    expect(sent && hex(sent.sharedSecret)).toBe(K);
  });

  test.each(titled(encaps.filter((each) => !isValid(each))))("encaps %s", (_title, { ek, m }) => {
    expect(mlKem768.encapsulate(unhex(ek), unhex(m))).toBeUndefined();
  });

  test.each(titled(decaps.filter(isValid)))("decaps %s", (_title, { seed, ek, c, K }) => {
    const { publicKey, secretKey } = mlKem768.keygen(unhex(seed));
    expect(hex(publicKey)).toBe(ek);
    expect(hex(mlKem768.decapsulate(unhex(c), secretKey))).toBe(K);
  });

  test.each(titled(decaps.filter((each) => !isValid(each))))("decaps %s", (_title, { seed }) => {
    expect(() => mlKem768.keygen(unhex(seed))).toThrow(/seed/);
  });
});

test("a changed ciphertext gives another secret and no error", () => {
  const random = repeatable("kem");
  const { publicKey, secretKey } = mlKem768.keygen(random(mlKem768.seedBytes));
  const sent = mlKem768.encapsulate(publicKey, random(mlKem768.messageBytes));
  expect(sent?.ciphertext.length).toBe(mlKem768.ciphertextBytes);
  expect(publicKey.length).toBe(mlKem768.publicKeyBytes);
  const changed = sent?.ciphertext.map((byte, at) => (at === 500 ? byte ^ 1 : byte)) ?? new Uint8Array(0);
  expect(mlKem768.decapsulate(changed, secretKey)).not.toEqual(sent?.sharedSecret);
});

test.each([0, 1183, 1185])("a public key of %i bytes is refused", (length) => {
  expect(mlKem768.encapsulate(new Uint8Array(length), new Uint8Array(32))).toBeUndefined();
});
