import type { Aead } from "../../protocol/index.js";
import { nodeAead } from "./node-aead.js";
import { loadOpensslAead } from "./openssl-aead.js";
import { createPiecewiseAead } from "./piecewise-aead.js";

/** From here on new memory for each output costs more than it takes to use the same again. */
const LARGE_BYTES = 64 * 1024;
/** From here on the way in and out of another library costs nothing beside the cipher. */
const WORTH_LOADING_BYTES = 256 * 1024;

let large = createPiecewiseAead() ?? nodeAead;
let isAsked = false;

/**
 * node:crypto, and for large chunks the best way into the same OpenSSL that there is. One by koffi takes a moment to be
 * loaded, and the first chunk that is worth it asks for it: a small transfer does not wait for what it has no use for.
 */
export const fastAead: Aead = {
  seal: (key, nonce, plaintext) => aeadFor(plaintext).seal(key, nonce, plaintext),
  open: (key, nonce, sealed) => aeadFor(sealed).open(key, nonce, sealed),
  reclaim: (part) => large.reclaim?.(part) ?? false,
};

function aeadFor({ length }: Uint8Array): Aead {
  if (length < LARGE_BYTES) return nodeAead;
  if (length >= WORTH_LOADING_BYTES && !isAsked) {
    isAsked = true;
    void loadOpensslAead().then((loaded) => (large = loaded ?? large));
  }
  return large;
}
