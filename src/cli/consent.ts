import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { type Consent, displayName, type Offer } from "../transfer/index.js";
import { type Context, personAtHand } from "./context.js";
import { hasHidden, LISTED_AT_FIRST, offerLines, offerSummary } from "./offer-lines.js";
import { askLine } from "./terminal/ask.js";

export interface ConsentValues {
  readonly yes: boolean;
  readonly overwrite: boolean;
}

const HIDDEN = "Hidden files are among them, listed first: a name that begins with a dot does not show in a folder.";

/** Shows all that is offered, and asks; `--yes` answers for the person. */
export function consentAsker(
  context: Context,
  { yes, overwrite }: ConsentValues,
): (offer: Offer, signal: AbortSignal) => Promise<Consent> {
  const { screen, report } = context;
  return async (offer, signal) => {
    const { kind, files, bytes, into } = offer;
    const entries = [...offer.entries];
    const event = { event: "offer", kind, files, bytes, entries } as const;
    report.show(event);
    const where = into === undefined ? "" : ` into ${displayName(into)}`;
    if (yes) return { accept: true };
    screen.line(`The other side offers ${offerSummary(event)}:`);
    const notes = await notesOf(offer, overwrite);
    const shown = kind === "text" ? [] : offerLines(event, LISTED_AT_FIRST, notes);
    if (kind !== "text" && hasHidden(event)) screen.prose(HIDDEN);
    for (const line of shown) screen.line(line);
    const isCut = kind !== "text" && shown.length < entries.length;
    return await ask(context, `Accept${where}? [y/N${isCut ? ", l = list all" : ""}] `, signal, () => {
      for (const line of offerLines(event, entries.length, notes)) screen.line(line);
    });
  };
}

/** "n", or "n" and a reason for the other side, is no; so is Enter. */
async function ask(context: Context, question: string, signal: AbortSignal, listAll: () => void): Promise<Consent> {
  for (;;) {
    const answer = ((await askLine(personAtHand(context), question, { signal })) ?? "").trim();
    if (/^y(?:es)?$/i.test(answer)) return { accept: true };
    const [, reason] = /^(?:no?(?:[\s,:]+(.*))?)?$/i.exec(answer) ?? [];
    if (reason !== undefined && reason !== "") return { accept: false, reason };
    if (/^(?:no?)?$/i.test(answer)) return { accept: false };
    if (/^l(?:ist)?$/i.test(answer)) listAll();
    else context.screen.line("Please answer y to accept or n to decline; a reason may follow: n, wrong file");
  }
}

/** What happens to an entry that does not simply come under its own name. */
async function notesOf(offer: Offer, overwrite: boolean): Promise<(path: string) => string> {
  const { entries, into } = offer;
  const notes = new Map<string, string>();
  if (into === undefined) return () => "";
  let index = 0;
  for (const { path, type } of entries) {
    const place = offer.savedAs(index++);
    if (place === undefined) notes.set(path, "left out: the name is taken");
    else if (place !== path && !path.includes("/")) notes.set(path, `the name is taken: becomes ${displayName(place)}`);
    else if (overwrite && type !== "dir" && (await isThere(join(into, place))))
      notes.set(path, "replaces what is there");
  }
  return (path) => notes.get(path) ?? "";
}

async function isThere(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}
