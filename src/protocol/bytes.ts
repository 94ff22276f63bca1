/** Small things that every file here does with byte strings. */

const encoder = new TextEncoder();
/** Refuses what is not UTF-8, and keeps a BOM where it stands so that a caller can refuse it. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @returns a fresh array; the parts are copied, never kept */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Compares without telling by its time where two byte strings differ. Unequal lengths are unequal at once: a
 * length is never secret here. JavaScript promises nothing about time; this is the best it offers.
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** @returns undefined for what is not UTF-8 */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** @param value an integer from 0 to 2^53-1, or any from 0 to 2^64-1 as a bigint */
export function u64be(value: number | bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Overwrites secrets that are no longer needed. Copies that an engine made cannot be reached. */
export function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}
