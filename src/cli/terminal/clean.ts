import { replaceUnsafe } from "../../protocol/unsafe-text.js";

/** Line feeds and tabs, and the two joiners that writing in some scripts needs. */
const KEPT: ReadonlySet<string> = new Set(["\n", "\t", "\u200c", "\u200d"]);

/**
 * A text of several lines from the other side, for a terminal: line feeds and tabs stay, each unsafe character is a
 * visible sign. For one line of a relay or peer there is `cleanText`, for a name `displayName`.
 */
export function cleanLines(text: string): string {
  return replaceUnsafe(text.replace(/\r\n/g, "\n"), signed);
}

/** A text or name for one line of a terminal, whoever wrote it: the last barrier before the screen. */
export function cleanLine(text: string): string {
  return replaceUnsafe(text.replace(/[\r\n\t]+/g, " "), signed).trim();
}

function signed(character: string): string {
  return KEPT.has(character) ? character : "\ufffd";
}
