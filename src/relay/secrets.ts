import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Whether two texts are equal, in a time that tells nothing about where they differ.
 *
 * @param given what a caller sent; undefined is never equal
 */
export function sameSecret(given: string | undefined, expected: string): boolean {
  return given !== undefined && timingSafeEqual(sha256(given), sha256(expected));
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
