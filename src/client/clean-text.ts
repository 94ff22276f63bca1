import { replaceUnsafe } from "../protocol/unsafe-text.js";

/** Enough for a sentence of an operator; a relay cannot fill the terminal with more. */
const TEXT_MAX = 500;

/**
 * A text of a relay or a peer, as it may be shown on a terminal: one line, nothing that moves the cursor, changes
 * colours or turns the direction of writing, and not longer than a sentence or two.
 *
 * @param max in UTF-16 units; what is longer ends in an ellipsis
 */
export function cleanText(text: string, max: number = TEXT_MAX): string {
  const bounded = text.length > max * 4 ? text.slice(0, max * 4) : text;
  const line = replaceUnsafe(bounded.replace(/[\r\n\t]+/g, " "), () => "").trim();
  return line.length <= max ? line : `${line.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
