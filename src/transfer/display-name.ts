import { replaceUnsafe } from "../protocol/unsafe-text.js";

/** Private use and unassigned code points: nobody knows what a terminal makes of them. */
const UNKNOWN = /[\p{Co}\p{Cn}]/gu;
/** A space that is not the usual one, or an empty-looking letter, would pass for it. */
const LOOKS_EMPTY = /[^\S ]|[\u115f\u1160\u2800\u3164\uffa0]/gu;

/**
 * A name as it may be shown on a terminal: the characters that would act on it, hide or turn text appear as
 * `\u{202e}`, and a backslash, which no name holds, is left to mean that.
 */
export function displayName(name: string): string {
  return replaceUnsafe(name, escaped).replace(UNKNOWN, escaped).replace(LOOKS_EMPTY, escaped);
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
