import { type Aead, platformRandom, TAG_BYTES } from "../../protocol/index.js";
import { Frames } from "./frames.js";
import { nodeAead } from "./node-aead.js";

/** From evp.h; the same since OpenSSL 1.1. */
const GET_TAG = 0x10;
const SET_TAG = 0x11;
const ENCRYPT = 1;
const DECRYPT = 0;
const SELF_TEST_BYTES = 1000;

/** The functions of OpenSSL that are used, as koffi hands them out: pointers are memory of ours, or from OpenSSL. */
interface Evp {
  newContext(): unknown;
  aes256Gcm(): unknown;
  init(context: unknown, cipher: unknown, engine: null, key: Uint8Array, nonce: Uint8Array, way: number): number;
  update(context: unknown, out: Uint8Array, written: [number], input: Uint8Array, length: number): number;
  final(context: unknown, out: Uint8Array, written: [number]): number;
  control(context: unknown, what: number, length: number, memory: Uint8Array): number;
  reset(context: unknown): number;
}

/**
 * AES-256-GCM by the very OpenSSL that this Node has inside, into memory that is used again: node:crypto takes and
 * zeroes new memory for every output, which halves it (2.0 instead of 4.1 GiB a second of processor time). The calls go
 * through koffi, an optional peer dependency: who wants it installs it.
 *
 * @returns undefined where koffi or one of the functions is missing, or does not do what node:crypto does
 */
export async function loadOpensslAead(): Promise<Aead | undefined> {
  try {
    const aead = createOpensslAead(await loadEvp());
    return isSameAs(nodeAead, aead) ? aead : undefined;
  } catch {
    return undefined;
  }
}

async function loadEvp(): Promise<Evp> {
  const { default: koffi } = await import("koffi");
  const own = koffi.load(null);
  return {
    newContext: own.func("void *EVP_CIPHER_CTX_new()"),
    aes256Gcm: own.func("void *EVP_aes_256_gcm()"),
    init: own.func("int EVP_CipherInit_ex(void *c, void *type, void *engine, void *key, void *iv, int enc)"),
    update: own.func("int EVP_CipherUpdate(void *c, void *out, _Out_ int *outl, void *in, int inl)"),
    final: own.func("int EVP_CipherFinal_ex(void *c, void *out, _Out_ int *outl)"),
    control: own.func("int EVP_CIPHER_CTX_ctrl(void *c, int type, int arg, void *ptr)"),
    reset: own.func("int EVP_CIPHER_CTX_reset(void *c)"),
  };
}

function createOpensslAead(evp: Evp): Aead {
  const context = evp.newContext();
  const cipher = evp.aes256Gcm();
  const written: [number] = [0];
  const rest = new Uint8Array(TAG_BYTES);
  const memory = new Frames();
  const begin = (key: Uint8Array, nonce: Uint8Array, way: number): void => {
    if (evp.init(context, cipher, null, key, nonce, way) !== 1) throw new Error("OpenSSL refuses the key");
  };
  return {
    seal: (key, nonce, plaintext) => {
      const sealed = memory.take(plaintext.length + TAG_BYTES);
      const tag = sealed.subarray(plaintext.length);
      try {
        begin(key, nonce, ENCRYPT);
        const isDone =
          evp.update(context, sealed, written, plaintext, plaintext.length) === 1 &&
          evp.final(context, rest, written) === 1 &&
          evp.control(context, GET_TAG, TAG_BYTES, tag) === 1;
        if (!isDone) throw new Error("OpenSSL cannot encrypt");
      } finally {
        evp.reset(context);
      }
      return [sealed];
    },
    // In place: what was read is not needed any more, and nobody is shown it unless its tag is right.
    open: (key, nonce, sealed) => {
      const plaintext = sealed.subarray(0, -TAG_BYTES);
      try {
        begin(key, nonce, DECRYPT);
        const isWhole =
          evp.control(context, SET_TAG, TAG_BYTES, sealed.slice(-TAG_BYTES)) === 1 &&
          evp.update(context, plaintext, written, plaintext, plaintext.length) === 1 &&
          evp.final(context, rest, written) === 1;
        return isWhole ? plaintext : undefined;
      } finally {
        evp.reset(context);
      }
    },
    reclaim: (part) => memory.giveBack(part),
  };
}

/** Before anything is trusted to it: both give the same bytes, take each other's, and refuse a changed one. */
function isSameAs(known: Aead, other: Aead): boolean {
  const [key, nonce, plaintext] = [platformRandom(32), platformRandom(12), platformRandom(SELF_TEST_BYTES)];
  const sealed = Buffer.concat(other.seal(key, nonce, plaintext));
  const changed = Buffer.from(sealed);
  changed[0] = (changed[0] ?? 0) ^ 1;
  return (
    sealed.equals(Buffer.concat(known.seal(key, nonce, plaintext))) &&
    other.open(key, nonce, changed) === undefined &&
    Buffer.compare(other.open(key, nonce, sealed) ?? new Uint8Array(0), plaintext) === 0
  );
}
