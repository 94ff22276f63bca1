/**
 * What can move the cursor, change colours, turn the direction of writing or hide one text in another: every control
 * and format character, line and paragraph separators, halves of pairs, and the block of tags, whether assigned or not.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u{e0000}-\u{e007f}]/gu;

/**
 * A text of somebody else with another text in the place of every character that is not safe to show. What that is
 * depends on where it is shown; which characters these are does not.
 *
 * @param replace is given one character; what it returns stands in its place
 */
export function replaceUnsafe(text: string, replace: (character: string) => string): string {
  return text.replace(UNSAFE, replace);
}
