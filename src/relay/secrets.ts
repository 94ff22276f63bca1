import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Whether two texts are equal, in a time that tells nothing about where they differ.
 *
 * @param given what a caller sent; undefined is never equal
 */
export function sameSecret(given: string | undefined, expected: string): boolean {
  return given !== undefined && timingSafeEqual(sha256(given), sha256(expected));
}

/** The same for two hashes: their length is no secret, so they need not be hashed once more to be compared. */
export function sameHash(given: string, expected: string): boolean {
  const one = Buffer.from(given);
  const other = Buffer.from(expected);
  return one.length === other.length && timingSafeEqual(one, other);
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
