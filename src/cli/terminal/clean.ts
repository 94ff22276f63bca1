/**
 * What can move the cursor, change colours, turn the direction of writing or hide a part of a text: every control
 * and format character (the two joiners that writing in some scripts needs excepted), line separators, halves of
 * pairs.
 */
const UNSAFE = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * A text of several lines from the other side, for a terminal: line feeds and tabs stay, each unsafe character is a
 * visible sign. For one line of a relay or peer there is `cleanText`, for a name `displayName`.
 */
export function cleanLines(text: string): string {
  return text.replace(/\r\n/g, "\n").replace(UNSAFE, "\ufffd");
}

/** A text or name for one line of a terminal, whoever wrote it: the last barrier before the screen. */
export function cleanLine(text: string): string {
  return text
    .replace(/[\r\n\t]+/g, " ")
    .replace(UNSAFE, "\ufffd")
    .trim();
}
