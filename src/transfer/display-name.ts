/**
 * Everything that a terminal would act on or hide: controls, line and paragraph separators, bidi and other format
 * characters, tags, lone halves of surrogate pairs, private use and unassigned code points.
 */
const UNSHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;
/** A space that is not the usual one, or an empty-looking letter, would pass for it. */
const LOOKS_EMPTY = /[^\S ]|[\u115f\u1160\u2800\u3164\uffa0]/gu;

/**
 * A name as it may be shown on a terminal: the characters that would act on it, hide or turn text appear as
 * `\u{202e}`, and a backslash, which no name holds, is left to mean that.
 */
export function displayName(name: string): string {
  return name.replace(UNSHOWN, escaped).replace(LOOKS_EMPTY, escaped);
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
