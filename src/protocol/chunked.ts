import { type Aead, AEAD_KEY_BYTES, AEAD_NONCE_BYTES, TAG_BYTES } from "./aead.js";
import { concat, equalBytes, utf8 } from "./bytes.js";
import { hkdfExpand } from "./hashes.js";

/**
 * The construction of c2sp.org/chunked-encryption, with its chunk size and label as parameters: with 16 KiB and
 * c2sp's own label it is Cobblestone-256, with ours it is what `record.ts` sends.
 */

export const SALT_BYTES = 24;
const COMMITMENT_BYTES = 32;
/** salt ‖ commitment */
export const HEADER_BYTES = SALT_BYTES + COMMITMENT_BYTES;

/** The length of a SHA-512 key, to which libraries that want a PRK of that length are served: HMAC pads with zeros anyway. */
const PRK_BYTES = 64;
const SEPARATOR = Uint8Array.of(0);
/** One message never comes near: 2^36 bytes in chunks of 16 KiB are 2^22. */
const MAX_CHUNKS = 2 ** 32;

/** What one message is encrypted with. */
export interface MessageKeys {
  readonly key: Uint8Array;
  readonly baseNonce: Uint8Array;
  /** Binds the message to key, label, salt and context: whoever made it knew all of them. */
  readonly commitment: Uint8Array;
}

/**
 * `key ‖ base_nonce ‖ commitment = HKDF-Expand(SHA-512, key, label ‖ 00 ‖ salt ‖ context)`.
 *
 * @throws RangeError for a key that is not 32 bytes
 */
export function deriveMessageKeys(
  inputKey: Uint8Array,
  label: string,
  salt: Uint8Array,
  context: Uint8Array,
): MessageKeys {
  if (inputKey.length !== AEAD_KEY_BYTES) throw new RangeError("the key of a message is 32 bytes");
  const prk = new Uint8Array(PRK_BYTES);
  prk.set(inputKey);
  const info = concat(utf8(label), SEPARATOR, salt, context);
  const okm = hkdfExpand("sha512", prk, info, AEAD_KEY_BYTES + AEAD_NONCE_BYTES + COMMITMENT_BYTES);
  prk.fill(0);
  return {
    key: okm.subarray(0, AEAD_KEY_BYTES),
    baseNonce: okm.subarray(AEAD_KEY_BYTES, AEAD_KEY_BYTES + AEAD_NONCE_BYTES),
    commitment: okm.subarray(AEAD_KEY_BYTES + AEAD_NONCE_BYTES),
  };
}

/** @param header salt ‖ commitment as received @returns undefined unless the commitment matches */
export function openHeader(
  inputKey: Uint8Array,
  label: string,
  header: Uint8Array,
  context: Uint8Array,
): MessageKeys | undefined {
  if (header.length !== HEADER_BYTES) return undefined;
  const keys = deriveMessageKeys(inputKey, label, header.subarray(0, SALT_BYTES), context);
  return equalBytes(keys.commitment, header.subarray(SALT_BYTES)) ? keys : undefined;
}

/** The key of one message, and its nonces in turn: `base_nonce XOR be96(i)`. */
class ChunkCipher {
  readonly #aead: Aead;
  readonly #key: Uint8Array;
  readonly #base: DataView;
  /** One and the same, changed in place. */
  readonly #nonce: Uint8Array;
  readonly #tail: DataView;
  #next = 0;

  constructor(aead: Aead, { key, baseNonce }: MessageKeys) {
    this.#aead = aead;
    this.#key = key;
    this.#base = new DataView(baseNonce.buffer, baseNonce.byteOffset, AEAD_NONCE_BYTES);
    this.#nonce = baseNonce.slice();
    this.#tail = new DataView(this.#nonce.buffer);
  }

  seal(plaintext: Uint8Array): readonly Uint8Array[] {
    return this.#aead.seal(this.#key, this.#takeNonce(), plaintext);
  }

  open(sealed: Uint8Array): Uint8Array | undefined {
    return this.#aead.open(this.#key, this.#takeNonce(), sealed);
  }

  /** @throws RangeError rather than ever use a nonce twice */
  #takeNonce(): Uint8Array {
    if (this.#next >= MAX_CHUNKS) throw new RangeError("too many chunks in one message");
    this.#tail.setUint32(8, this.#base.getUint32(8) ^ this.#next);
    this.#next++;
    return this.#nonce;
  }
}

/** Encrypts the chunks of one message. A chunk shorter than `chunk` is the last; a full one never is. */
export class ChunkSealer {
  readonly #cipher: ChunkCipher;
  readonly #chunk: number;
  #isOpen = true;

  constructor(aead: Aead, keys: MessageKeys, chunk: number) {
    this.#cipher = new ChunkCipher(aead, keys);
    this.#chunk = chunk;
  }

  /** Whether the last chunk is still to come. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** @throws RangeError for a chunk that is too long, or one behind the last */
  seal(plaintext: Uint8Array): readonly Uint8Array[] {
    if (!this.#isOpen) throw new RangeError("the message has ended");
    if (plaintext.length > this.#chunk) throw new RangeError("the chunk is too long");
    this.#isOpen = plaintext.length === this.#chunk;
    return this.#cipher.seal(plaintext);
  }
}

/** One chunk of a message, opened. */
export interface OpenedChunk {
  readonly plaintext: Uint8Array;
  /** Only when this was seen is the message whole. */
  readonly last: boolean;
}

/** Decrypts the chunks of one message. The first that fails ends it: nothing behind it is opened. */
export class ChunkOpener {
  readonly #cipher: ChunkCipher;
  readonly #chunk: number;
  #isOpen = true;

  constructor(aead: Aead, keys: MessageKeys, chunk: number) {
    this.#cipher = new ChunkCipher(aead, keys);
    this.#chunk = chunk;
  }

  /** @returns undefined for a chunk that is forged, of an impossible length, or behind the last */
  open(sealed: Uint8Array): OpenedChunk | undefined {
    if (!this.#isOpen || sealed.length < TAG_BYTES || sealed.length > this.#chunk + TAG_BYTES) return undefined;
    const plaintext = this.#cipher.open(sealed);
    const last = sealed.length < this.#chunk + TAG_BYTES;
    this.#isOpen = plaintext !== undefined && !last;
    return plaintext === undefined ? undefined : { plaintext, last };
  }
}
