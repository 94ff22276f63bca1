import { gcm } from "@noble/ciphers/aes.js";
import type { Aead } from "./aead.js";

/** AES-256-GCM in plain JavaScript: for a page, and for tests. Where node:crypto is, use that. */
export const portableAead: Aead = {
  seal: (key, nonce, plaintext) => [gcm(key, nonce).encrypt(plaintext)],
  open: (key, nonce, sealed) => {
    try {
      return gcm(key, nonce).decrypt(sealed);
    } catch {
      return undefined;
    }
  },
};
