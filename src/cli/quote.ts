/** What a POSIX shell and fish take as it is, wherever it stands. `~` and `=` are safe only inside a word. */
const PLAIN = /^[A-Za-z0-9_./:@%+,-][A-Za-z0-9_./:@%+,~=-]*$/;

/** One word of a command line that a person copies into a shell. */
export function quoteWord(word: string, platform: NodeJS.Platform = process.platform): string {
  if (PLAIN.test(word)) return word;
  // cmd.exe and PowerShell both take double quotes; a double quote cannot be in a Windows file name.
  if (platform === "win32") return `"${word.replaceAll('"', '""')}"`;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command line. */
export function quoteCommand(words: readonly string[], platform: NodeJS.Platform = process.platform): string {
  return words.map((word) => quoteWord(word, platform)).join(" ");
}
