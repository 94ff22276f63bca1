import { askLine, type Person } from "./ask.js";

/** The question, and the last line of the page before. */
const KEPT_ROWS = 2;
/** On a screen of no height at all there is still something to read. */
const PAGE_MIN = 5;

/**
 * Shows lines a page at a time: a list of a million files must not run through the terminal.
 *
 * @throws the signal's reason
 */
export async function showPages(person: Person, lines: AsyncIterable<string>, signal: AbortSignal): Promise<void> {
  const { screen } = person;
  let left = pageOf(screen.rows);
  for await (const line of lines) {
    if (left === 0) {
      const answer = await askLine(person, "-- Enter for more, q to end the list -- ", { signal });
      if (answer === undefined || /^[qn]/i.test(answer.trim())) return;
      left = pageOf(screen.rows);
    }
    screen.line(line);
    left--;
  }
}

function pageOf(rows: number): number {
  return Math.max(PAGE_MIN, rows - KEPT_ROWS);
}
