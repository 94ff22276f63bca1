import type { Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { displayName, type Offer, type RuleFor, type TakenRule, topOf } from "../../transfer/index.js";
import { type Context, personAtHand } from "../context.js";
import type { OfferedEntry } from "../report/events.js";
import { formatBytes, formatTime } from "../report/format.js";
import { askLine } from "../terminal/ask.js";

/** What a person decides for names, one by one or for all that follow. */
type Answer = TakenRule | "each";

const ANSWERS: Readonly<Record<string, Answer>> = { r: "rename", o: "overwrite", s: "skip", e: "each" };

/** The rules as they come to be. */
class Rules {
  readonly #ofName = new Map<string, TakenRule>();
  readonly #inFolder = new Map<string, TakenRule>();
  /** For all that is not decided yet. */
  rest: TakenRule | undefined;

  readonly ruleFor: RuleFor = (path) =>
    this.#ofName.get(path) ?? this.#inFolder.get(topOf(path)) ?? this.rest ?? "rename";

  decide(path: string, rule: TakenRule): void {
    this.#ofName.set(path, rule);
  }

  /** A topmost folder is gone into, with one rule for all that is in it. */
  enter(top: string, inside: Exclude<TakenRule, "rename">): void {
    this.#ofName.set(top, inside);
    this.#inFolder.set(top, inside);
  }

  /** A topmost folder is gone into, and what is in it is decided on name by name. */
  openUp(top: string): void {
    this.#ofName.set(top, "skip");
  }
}

/**
 * Asks for every name that is taken what to do: topmost names first, and what is inside a folder if the person wants to
 * be asked about each. Enter, and whatever comes up later, is the other name, which destroys nothing.
 *
 * @throws the signal's reason
 */
export async function askAboutTakenNames(context: Context, offer: Offer, signal: AbortSignal): Promise<RuleFor> {
  const { entries, into = "" } = offer;
  const rules = new Rules();
  let index = -1;
  let asking: string | undefined;
  for (const entry of entries) {
    index++;
    if (rules.rest !== undefined) break;
    const isInside = asking !== undefined && entry.path.startsWith(`${asking}/`);
    if (!isInside && !offer.isTaken(index)) continue;
    const there = await look(join(into, entry.path));
    if (there === undefined || (isInside && entry.type === "dir")) continue;
    const isMerge = entry.type === "dir" && there.isDirectory();
    const { answer, forAll } = await ask(context, question(entry, there, isMerge), isMerge, signal);
    if (forAll && answer !== "each") rules.rest = answer;
    else if (answer === "each") {
      asking = entry.path;
      rules.openUp(entry.path);
    } else if (isMerge && answer !== "rename") rules.enter(entry.path, answer);
    else rules.decide(entry.path, answer);
  }
  return rules.ruleFor;
}

function question({ path, type, size }: OfferedEntry, there: Stats, isMerge: boolean): string {
  const name = displayName(path);
  if (isMerge) return `The folder ${name}/ is there already.`;
  const offered = type === "file" ? `; offered are ${formatBytes(size ?? 0)}` : "";
  const what = there.isFile()
    ? `${formatBytes(there.size)}, of ${formatTime(there.mtime)}`
    : there.isDirectory()
      ? "a folder"
      : "no regular file";
  return `${name} is there already: ${what}${offered}.`;
}

/** One letter; a capital one holds for all that follow. */
async function ask(
  context: Context,
  text: string,
  isMerge: boolean,
  signal: AbortSignal,
): Promise<{ readonly answer: Answer; readonly forAll: boolean }> {
  const { screen } = context;
  screen.prose(text);
  const choices = isMerge
    ? "r = receive beside it, o = go into it and replace files, s = go into it and keep files, e = ask for each file"
    : "r = receive under another name, o = replace it, s = leave it out";
  screen.prose(`  ${choices}; a capital letter is for all that follow.`);
  for (;;) {
    const line = (
      (await askLine(personAtHand(context), `  ${isMerge ? "[R/o/s/e]" : "[R/o/s]"} `, { signal })) ?? ""
    ).trim();
    if (line === "") return { answer: "rename", forAll: false };
    const answer = ANSWERS[line.toLowerCase()];
    if (answer !== undefined && (isMerge || answer !== "each")) return { answer, forAll: line !== line.toLowerCase() };
    screen.line(`  Please answer with one of these letters.`);
  }
}

async function look(path: string): Promise<Stats | undefined> {
  return await lstat(path).catch(() => undefined);
}
