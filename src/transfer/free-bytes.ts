/** Smaller pieces are not worth a call, and may share their memory with others. */
const WORTHWHILE_BYTES = 64 * 1024;

/**
 * Gives the memory of bytes back now, where the engine can (Node 22 and later). node:crypto makes a new array for every
 * chunk, and the garbage collector lets some 64 MiB of them gather first: with this, a side needs half the memory.
 *
 * @param bytes nobody may look at them again; left as they are when their memory holds anything else
 */
export function freeBytes(bytes: Uint8Array): void {
  // ES2024, which the oldest supported engine is not.
  const buffer: ArrayBufferLike & { transfer?: (length: number) => unknown } = bytes.buffer;
  if (bytes.length < WORTHWHILE_BYTES || buffer.byteLength !== bytes.length) return;
  buffer.transfer?.(0);
}
