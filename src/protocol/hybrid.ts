import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";

/** A key encapsulation that runs beside CPace. It adds secrecy against a quantum computer, no authentication. */
export interface Kem {
  readonly seedBytes: number;
  readonly messageBytes: number;
  readonly publicKeyBytes: number;
  readonly ciphertextBytes: number;
  /** @param seed d‖z of FIPS 203 */
  keygen(seed: Uint8Array): KemKeys;
  /** @param message m of FIPS 203 @returns undefined for a key that fails the check of FIPS 203 section 7.2 */
  encapsulate(publicKey: Uint8Array, message: Uint8Array): Encapsulation | undefined;
  /** @param ciphertext `ciphertextBytes` long; a wrong one gives another secret, not an error (implicit rejection) */
  decapsulate(ciphertext: Uint8Array, secretKey: Uint8Array): Uint8Array;
}

export interface KemKeys {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

export interface Encapsulation {
  readonly ciphertext: Uint8Array;
  readonly sharedSecret: Uint8Array;
}

/** ML-KEM-768, FIPS 203. */
export const mlKem768: Kem = {
  seedBytes: 64,
  messageBytes: 32,
  publicKeyBytes: 1184,
  ciphertextBytes: 1088,
  keygen: (seed) => ml_kem768.keygen(seed),
  encapsulate: (publicKey, message) => {
    try {
      const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey, message);
      return { ciphertext: cipherText, sharedSecret };
    } catch {
      return undefined;
    }
  },
  decapsulate: (ciphertext, secretKey) => ml_kem768.decapsulate(ciphertext, secretKey),
};
