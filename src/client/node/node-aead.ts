import { createCipheriv, createDecipheriv } from "node:crypto";
import { type Aead, TAG_BYTES } from "../../protocol/index.js";

export const ALGORITHM = "aes-256-gcm";
export const TAG_LENGTH = { authTagLength: TAG_BYTES };

/** AES-256-GCM by OpenSSL. The same bytes as `portableAead`, some 40 times faster, and without a copy. */
export const nodeAead: Aead = {
  seal: (key, nonce, plaintext) => {
    const cipher = createCipheriv(ALGORITHM, key, nonce, TAG_LENGTH);
    const ciphertext = cipher.update(plaintext);
    // GCM has no final block: this only completes the tag.
    cipher.final();
    return [ciphertext, cipher.getAuthTag()];
  },
  open: (key, nonce, sealed) => {
    const split = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv(ALGORITHM, key, nonce, TAG_LENGTH);
    decipher.setAuthTag(sealed.subarray(split));
    const plaintext = decipher.update(sealed.subarray(0, split));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return plaintext;
  },
};
