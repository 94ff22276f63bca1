import { stripVTControlCharacters } from "node:util";

/** Marks that stand on the letter before them, and what joins letters. */
const ZERO = /^[\p{Mn}\p{Me}\u200b-\u200d\u2060\ufe00-\ufe0f]$/u;
/** The scripts that terminals draw two columns wide, and emoji. Enough to cut a line; a terminal may still differ. */
const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]$/u;

function characterWidth(character: string): number {
  if (character < "\u0300") return 1;
  if (ZERO.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** @returns how many columns a terminal uses for a text without control characters */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/**
 * @returns the text itself, or its two ends around an ellipsis, so that it fits; both ends of a file name say
 *   something, and the last one is its kind
 */
export function fit(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  if (columns < 2) return "…".slice(0, Math.max(0, columns));
  const characters = [...text];
  const tail = takeColumns(characters.toReversed(), Math.floor((columns - 1) / 2)).toReversed();
  const head = takeColumns(characters, columns - 1 - displayWidth(tail.join("")));
  return `${head.join("")}…${tail.join("")}`;
}

function takeColumns(characters: readonly string[], columns: number): string[] {
  const taken: string[] = [];
  let left = columns;
  for (const character of characters) {
    left -= characterWidth(character);
    if (left < 0) break;
    taken.push(character);
  }
  return taken;
}

/** @returns a sentence in lines, broken at spaces; colours count nothing, a word that is too long is left to the terminal */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = [];
  let width = 0;
  for (const word of text.split(" ")) {
    const wordWidth = displayWidth(stripVTControlCharacters(word));
    const last = lines.at(-1);
    if (last !== undefined && width + 1 + wordWidth <= columns) {
      lines[lines.length - 1] = `${last} ${word}`;
      width += 1 + wordWidth;
    } else {
      lines.push(word);
      width = wordWidth;
    }
  }
  return lines;
}
