/**
 * Length-value encoding, CPace draft 21 (`lv_cat`): every part preceded by its length in LEB128 (`prepend_len`).
 * It is how every input of a hash is framed here, so no two different inputs are ever the same bytes.
 */

/** PROTOCOL.md section 3, rule 1: three bytes hold 2^21-1, far more than a share of 4096 characters can bring. */
const LENGTH_MAX_BYTES = 3;

/** Exactly `Count` byte strings. */
export type Parts<Count extends number> = number extends Count ? readonly Uint8Array[] : Tuple<Count, readonly []>;
type Tuple<Count extends number, Held extends readonly Uint8Array[]> = Held["length"] extends Count
  ? Held
  : Tuple<Count, readonly [...Held, Uint8Array]>;

/**
 * @param parts any number of byte strings, each shorter than 2^31
 * @returns a fresh array; the parts are copied, never kept
 */
export function lv(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + lengthOfLength(part.length) + part.length, 0));
  let at = 0;
  for (const part of parts) {
    let rest = part.length;
    for (; rest > 0x7f; rest >>>= 7) whole[at++] = (rest & 0x7f) | 0x80;
    whole[at++] = rest;
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Takes apart what `lv` put together, strictly: exactly `count` parts, lengths in their shortest form, nothing behind.
 *
 * @param maxPart the longest part that is taken
 * @returns views into `bytes`, not copies; undefined when refused
 */
export function readLv<Count extends number>(
  bytes: Uint8Array,
  count: Count,
  maxPart = Infinity,
): Parts<Count> | undefined {
  const parts: Uint8Array[] = [];
  let at = 0;
  while (parts.length < count) {
    const length = readLength(bytes, at);
    if (length === undefined || length > maxPart) return undefined;
    const start = at + lengthOfLength(length);
    if (start + length > bytes.length) return undefined;
    parts.push(bytes.subarray(start, start + length));
    at = start + length;
  }
  // The loop ends with exactly `count` parts, which the compiler cannot count.
  return at === bytes.length ? (parts as readonly Uint8Array[] as Parts<Count>) : undefined;
}

/** Reads LEB128 in its shortest form. */
function readLength(bytes: Uint8Array, at: number): number | undefined {
  let length = 0;
  for (let i = 0; i < LENGTH_MAX_BYTES; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    length |= (byte & 0x7f) << (7 * i);
    if (byte > 0x7f) continue;
    // A last byte of 0 adds nothing, so a shorter form exists, unless it is the only byte.
    return byte === 0 && i > 0 ? undefined : length;
  }
  return undefined;
}

function lengthOfLength(length: number): number {
  let bytes = 1;
  for (let rest = length >>> 7; rest > 0; rest >>>= 7) bytes++;
  return bytes;
}
