import { displayWidth, fit, wrapText } from "./width.js";

/** What a screen needs of `process.stderr`. */
export interface ScreenStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** Wide enough to read, for what is no terminal or does not tell its width. */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";
const STYLES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/**
 * Where people read: lines, and on a terminal a few lines below them that are written over. The texts must be clean;
 * see clean.ts.
 */
export class Screen {
  readonly #stream: ScreenStream;
  /** A terminal that does as it is told: `dumb` ones know neither colours nor a way back. */
  readonly isTerminal: boolean;
  readonly #colours: boolean;
  #status: readonly string[] = [];

  /** @param environment `NO_COLOR` and `TERM=dumb` are kept to */
  constructor(stream: ScreenStream, environment: NodeJS.ProcessEnv) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true && environment["TERM"] !== "dumb";
    this.#colours = this.isTerminal && !environment["NO_COLOR"];
  }

  get columns(): number {
    const columns = this.#stream.columns;
    return columns === undefined || columns < 1 ? DEFAULT_COLUMNS : columns;
  }

  get rows(): number {
    const rows = this.#stream.rows;
    return rows === undefined || rows < 1 ? DEFAULT_ROWS : rows;
  }

  /** The text in this style, where colours are wanted. */
  paint(style: Style, text: string): string {
    if (!this.#colours) return text;
    const [on, off] = STYLES[style];
    return `\u001b[${on}m${text}\u001b[${off}m`;
  }

  /** A line that stays. */
  line(text = ""): void {
    this.#stream.write(`${this.#back()}${text}\n${this.#status.join("\n")}`);
  }

  /** Sentences: on a terminal broken between words. What is to be copied goes by `line`. */
  prose(text: string): void {
    const lines = this.isTerminal ? wrapText(text, this.columns) : [text];
    for (const each of lines) this.line(each);
  }

  /**
   * The lines that are written over, on a terminal only, each cut to one column less than the terminal has: some wrap at
   * the last.
   *
   * @param lines without colours, so that they can be cut
   */
  status(...lines: readonly string[]): void {
    if (!this.isTerminal) return;
    const back = this.#back();
    this.#status = lines.map((line) => fit(line, this.columns - 1));
    this.#stream.write(back + this.#status.join("\n"));
  }

  /** Takes the lines that are written over away, before a question or the last words. */
  clear(): void {
    const back = this.#back();
    this.#status = [];
    if (back !== "") this.#stream.write(back);
  }

  /** Moves to the beginning of the status and erases it. A terminal that has become narrower has broken its lines. */
  #back(): string {
    if (this.#status.length === 0) return "";
    const rows = this.#status.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / this.columns)), 0);
    return `\r${rows > 1 ? `\u001b[${rows - 1}A` : ""}\u001b[J`;
  }
}
