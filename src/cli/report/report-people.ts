import type {
  Checking,
  CliEvent,
  CodeEvent,
  Connected,
  Done,
  Failure,
  Invitation,
  Listening,
  Offer,
  ProgressEvent,
  Waiting,
} from "./events.js";
import { formatBytes, formatCount, formatDuration, formatElapsed, formatRate, plural } from "./format.js";
import { offerLabel } from "./offer-label.js";
import { progressLines, progressText } from "./progress-line.js";
import type { Report } from "./report.js";
import { cleanLine } from "../terminal/clean.js";
import type { Screen } from "../terminal/screen.js";

export type LogLevel = "error" | "warn" | "info" | "debug";
const LEVELS: readonly LogLevel[] = ["error", "warn", "info", "debug"];

/** What a person finds by these they find all of. */
const PATHS_SHOWN = 5;
/** Smooth to look at; more would only cost. */
const STATUS_MS = 100;
/** A log is read later: now and then is enough. */
const LOG_MS = 5_000;

/** What is read faster than it is told needs no line in a log. */
const CHECKED_TOLD_MIN = 2 ** 30;

export interface PeopleOptions {
  readonly screen: Screen;
  readonly level: LogLevel;
  /** Which verb the last line has. */
  readonly verb: "Sent" | "Received";
  readonly now?: () => number;
}

/** Tells a person what happens, on standard error. */
export class PeopleReport implements Report {
  readonly #screen: Screen;
  readonly #level: LogLevel;
  readonly #verb: PeopleOptions["verb"];
  readonly #now: () => number;
  #progressAt: number;
  #label = "";
  #kind: Offer["kind"] = "files";

  constructor({ screen, level, verb, now = () => performance.now() }: PeopleOptions) {
    this.#screen = screen;
    this.#level = level;
    this.#verb = verb;
    this.#now = now;
    // A log's first line of progress comes after the first interval: what ends before needs none.
    this.#progressAt = screen.isTerminal ? Number.NEGATIVE_INFINITY : now();
  }

  show(event: CliEvent): void {
    switch (event.event) {
      case "code":
        return this.#code(event);
      case "notice":
        return this.#line("info", `${this.#screen.paint("bold", "Notice of the relay:")} ${cleanLine(event.text)}`);
      case "waiting":
        return this.#line("info", waitingText(event));
      case "connected":
        return this.#line("info", connectedText(event));
      case "verify":
        return this.#always(
          `Both sides show these digits if nobody is in between:  ${this.#screen.paint("bold", event.digits)}`,
        );
      case "offer":
        this.#label = offerLabel(event);
        this.#kind = event.kind;
        if (this.#verb === "Received") return;
        return this.#line(
          "info",
          `Offered ${this.#label}${event.bytes === null ? "" : `, ${formatBytes(event.bytes)}`}. Waiting for the answer.`,
        );
      case "resumed":
        return this.#line("info", `${formatBytes(event.bytes)} are there already; going on from there.`);
      case "checking":
        return this.#checking(event);
      case "progress":
        return this.#progress(event);
      case "lost":
        return this.#line(
          "warn",
          `${capital(cleanLine(event.message))}; trying again, for up to ${formatDuration(event.seconds)}.`,
        );
      case "resumable":
        if (this.#shows("info")) this.#goOn("If this breaks off, go on with:", event.command);
        return;
      case "warning":
        return this.#line("warn", `${this.#screen.paint("yellow", "Warning:")} ${cleanLine(event.message)}`);
      case "done":
        return this.#done(event);
      case "error":
        return this.#failure(event);
      case "listening":
        return this.#listening(event);
      case "text":
        return;
    }
  }

  #listening({ http, stapler }: Listening): void {
    if (http !== undefined) {
      this.#always(`Relay:   ${this.#screen.paint("bold", http)}`);
      this.#always(`API:     ${http}/docs`);
    }
    this.#always(`Stapler: ${this.#screen.paint("bold", stapler)}`);
  }

  #code({ code, invitations, resume }: CodeEvent): void {
    const { paint } = { paint: this.#screen.paint.bind(this.#screen) };
    this.#always(`Code: ${paint("bold", code)}`);
    for (const [where, title] of [
      ["anywhere", "The other side runs:"],
      ["this network", "On another computer in this network:"],
      ["this computer", "On this computer:"],
    ] as const) {
      this.#commands(
        title,
        invitations.filter((invitation) => invitation.where === where),
      );
    }
    this.#always();
    if (resume === undefined || !this.#shows("info")) return;
    this.#goOn("If this breaks off, go on with:", resume);
    this.#always();
  }

  #goOn(title: string, command: string): void {
    this.#always(title);
    this.#always(`  ${this.#screen.paint("dim", cleanLine(command))}`);
  }

  #commands(title: string, invitations: readonly Invitation[]): void {
    if (invitations.length === 0) return;
    this.#always();
    this.#always(title);
    for (const { command } of invitations) this.#always(`  ${this.#screen.paint("cyan", command)}`);
  }

  #progress(event: ProgressEvent): void {
    const every = this.#screen.isTerminal ? STATUS_MS : LOG_MS;
    if (!this.#shows("info") || this.#now() - this.#progressAt < every) return;
    this.#progressAt = this.#now();
    if (this.#screen.isTerminal) this.#screen.status(...progressLines(this.#label, event, this.#screen.columns - 1));
    else this.#screen.line(`${this.#label}  ${progressText(event).trim()}`);
  }

  /** A phase of its own on a terminal; a log has a line for each large file. */
  #checking({ path, bytes, total }: Checking): void {
    const text = `Checking ${cleanLine(path)}: ${formatBytes(bytes)} of ${formatBytes(total)}`;
    if (!this.#screen.isTerminal)
      return bytes === total && total >= CHECKED_TOLD_MIN ? this.#line("info", text) : undefined;
    if (this.#shows("info")) this.#screen.status(text);
  }

  #done({ files, bytes, seconds, paths = [] }: Done): void {
    this.#screen.clear();
    const rate = seconds >= 0.1 ? ` (${formatRate(bytes / seconds)})` : "";
    const proof = this.#verb === "Sent" ? " The other side has confirmed it." : "";
    const what = this.#kind === "files" ? plural(files, "file") : this.#kind === "text" ? "a text" : this.#label;
    const sum = `${what}, ${formatBytes(bytes)}, in ${formatElapsed(seconds)}${rate}.${proof}`;
    this.#line("info", `${this.#screen.paint("green", this.#verb)} ${sum}`);
    if (!this.#shows("info")) return;
    for (const path of paths.slice(0, PATHS_SHOWN)) this.#screen.line(`  ${cleanLine(path)}`);
    if (paths.length > PATHS_SHOWN)
      this.#line("info", `  … and ${formatCount(paths.length - PATHS_SHOWN)} more beside it`);
  }

  #failure({ code, message, hint, command }: Failure): void {
    this.#screen.clear();
    // Who pressed Ctrl-C knows the rest.
    if (code === "interrupted") this.#screen.line(withStop(cleanLine(message)));
    else this.#screen.prose(`${this.#screen.paint("red", "Error:")} ${withStop(cleanLine(message))}`);
    if (hint !== "" && (code !== "interrupted" || command !== undefined)) this.#screen.prose(cleanLine(hint));
    if (command !== undefined) this.#screen.line(`  ${this.#screen.paint("cyan", cleanLine(command))}`);
  }

  #shows(level: LogLevel): boolean {
    return LEVELS.indexOf(level) <= LEVELS.indexOf(this.#level);
  }

  #line(level: LogLevel, text: string): void {
    if (this.#shows(level)) this.#screen.prose(text);
  }

  #always(text = ""): void {
    this.#screen.line(text);
  }
}

function connectedText({ via }: Connected): string {
  const way = via === undefined ? "" : `, by way of the ${via.kind} at ${via.address}`;
  return `The other side is here, and the words are the same${way}.`;
}

function waitingText({ for: role, seconds }: Waiting): string {
  return `Waiting for the ${role}, up to ${formatDuration(seconds)}. Ctrl-C stops.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function withStop(text: string): string {
  return /[.!?…]$/.test(text) ? capital(text) : `${capital(text)}.`;
}
