import type { Aead } from "../protocol/index.js";
import { nodeAead } from "./node-aead.js";
import { loadOpensslAead } from "./openssl-aead.js";

/** From here on the way in and out of another library costs nothing beside the cipher. */
const LARGE_BYTES = 256 * 1024;

let openssl: Aead | undefined;
let isAsked = false;

/**
 * node:crypto, and for large chunks the faster way into the same OpenSSL, once it is loaded. The first large chunk asks
 * for it: a small transfer does not wait for what it has no use for.
 */
export const fastAead: Aead = {
  seal: (key, nonce, plaintext) => aeadFor(plaintext).seal(key, nonce, plaintext),
  open: (key, nonce, sealed) => aeadFor(sealed).open(key, nonce, sealed),
  reclaim: (part) => openssl?.reclaim?.(part) ?? false,
};

function aeadFor({ length }: Uint8Array): Aead {
  if (length < LARGE_BYTES) return nodeAead;
  if (!isAsked) {
    isAsked = true;
    void loadOpensslAead().then((loaded) => (openssl = loaded));
  }
  return openssl ?? nodeAead;
}
