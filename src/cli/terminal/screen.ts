import { fit, wrapText } from "./width.js";

/** What a screen needs of `process.stderr`. */
export interface ScreenStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Wide enough to read, for what is no terminal or does not tell its width. */
const DEFAULT_COLUMNS = 80;

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
 * Where people read: lines, and on a terminal one line below them that is written over. The texts must be clean;
 * see clean.ts.
 */
export class Screen {
  readonly #stream: ScreenStream;
  readonly #colours: boolean;
  #status = "";

  /** @param environment `NO_COLOR` and `TERM=dumb` are kept to */
  constructor(stream: ScreenStream, environment: NodeJS.ProcessEnv) {
    this.#stream = stream;
    this.#colours = stream.isTTY === true && !environment["NO_COLOR"] && environment["TERM"] !== "dumb";
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  get columns(): number {
    const columns = this.#stream.columns;
    return columns === undefined || columns < 1 ? DEFAULT_COLUMNS : columns;
  }

  /** The text in this style, where colours are wanted. */
  paint(style: Style, text: string): string {
    if (!this.#colours) return text;
    const [on, off] = STYLES[style];
    return `\u001b[${on}m${text}\u001b[${off}m`;
  }

  /** A line that stays. */
  line(text = ""): void {
    const status = this.#status;
    this.clear();
    this.#stream.write(`${text}\n`);
    if (status !== "") this.status(status);
  }

  /** Sentences: on a terminal broken between words. What is to be copied goes by `line`. */
  prose(text: string): void {
    const lines = this.isTerminal ? wrapText(text, this.columns) : [text];
    for (const each of lines) this.line(each);
  }

  /**
   * The line that is written over, on a terminal only. One column less than the terminal has: some wrap at the last.
   *
   * @param text without colours, so that it can be cut
   */
  status(text: string): void {
    if (!this.isTerminal) return;
    const cut = fit(text, this.columns - 1);
    this.#stream.write(`\r${cut}\u001b[K`);
    this.#status = cut;
  }

  /** Takes the line that is written over away, before a question or the last words. */
  clear(): void {
    if (this.#status === "") return;
    this.#stream.write("\r\u001b[K");
    this.#status = "";
  }
}
