/**
 * AES-256-GCM without associated data, as `record.ts` needs it. An interface, because Node's own is 40 times faster
 * than the portable one, and this folder imports nothing of Node.
 */
export interface Aead {
  /**
   * @param key 32 bytes
   * @param nonce 12 bytes, used up before this returns: the caller changes it in place
   * @returns ciphertext ‖ tag, in as many parts as cost no copy
   */
  seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): readonly Uint8Array[];
  /**
   * @param sealed ciphertext ‖ tag, at least 16 bytes; used up, the plaintext may be a view of it
   * @returns the plaintext; undefined when the tag does not match
   */
  open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
  /**
   * A part that `seal` gave is not looked at any more, and its memory may be used again.
   *
   * @returns whether it was taken back; otherwise it is the caller's
   */
  reclaim?(part: Uint8Array): boolean;
}

export const AEAD_KEY_BYTES = 32;
export const AEAD_NONCE_BYTES = 12;
export const TAG_BYTES = 16;

/** The one in plain JavaScript, for where there is no other. By dynamic import: it costs as much start-up as all else here. */
export async function loadPortableAead(): Promise<Aead> {
  const { portableAead } = await import("./portable-aead.js");
  return portableAead;
}
