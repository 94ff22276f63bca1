/** Enough for a sentence of an operator; a relay cannot fill the terminal with more. */
const TEXT_MAX = 500;

/**
 * C0 and C1 controls (escape sequences begin with one), the line and paragraph separators, the marks that turn the
 * direction of writing (Unicode's `Bidi_Control`), and the invisible ones that can hide one text in another.
 */
const UNSAFE =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}\u00ad\u200b-\u200f\u2060-\u2064\u206a-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;

/**
 * A text of a relay or a peer, as it may be shown on a terminal: one line, nothing that moves the cursor, changes
 * colours or turns the direction of writing, and not longer than a sentence or two.
 *
 * @param max in UTF-16 units; what is longer ends in an ellipsis
 */
export function cleanText(text: string, max: number = TEXT_MAX): string {
  const bounded = text.length > max * 4 ? text.slice(0, max * 4) : text;
  const line = bounded
    .replace(/[\r\n\t]+/g, " ")
    .replace(UNSAFE, "")
    .trim();
  return line.length <= max ? line : `${line.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
