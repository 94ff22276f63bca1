import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { type Consent, displayName, type Offer } from "../../transfer/index.js";
import { type Context, personAtHand } from "../context.js";
import { offerEvent } from "./offer-event.js";
import { formatBytes } from "../report/format.js";
import { folderLines, isCut, LISTED_AT_FIRST, type ListedOffer, offerLines, offerSummary } from "./offer-lines.js";
import { askAboutTakenNames } from "./taken-names.js";
import { askLine } from "../terminal/ask.js";
import { showPages } from "../terminal/pages.js";

export interface ConsentValues {
  readonly yes: boolean;
  readonly overwrite: boolean;
  readonly rename: boolean;
  readonly skip: boolean;
}

const HIDDEN = "Hidden files are among them, listed first: a name that begins with a dot does not show in a folder.";

/** Shows all that is offered, and asks; `--yes` answers for the person. */
export function consentAsker(
  context: Context,
  values: ConsentValues,
): (offer: Offer, signal: AbortSignal) => Promise<Consent> {
  const { screen, report } = context;
  const hasRule = values.overwrite || values.rename || values.skip;
  return async (offer, signal) => {
    const { kind, entries, into } = offer;
    const event = offerEvent(offer);
    report.show(event);
    const where = into === undefined ? "" : ` into ${displayName(into)}`;
    if (values.yes) return { accept: true };
    screen.line(`The other side offers ${offerSummary(event)}:`);
    const note = noteOf(offer, hasRule ? values : undefined);
    const lines = (limit: number): AsyncIterable<string> => offerLines({ offer: event, entries, note }, limit);
    if (event.hidden > 0) screen.prose(HIDDEN);
    const cut = isCut(event, LISTED_AT_FIRST);
    if (kind !== "text") {
      const folders = cut ? folderLines(entries, LISTED_AT_FIRST) : undefined;
      for await (const line of folders ?? lines(LISTED_AT_FIRST)) screen.line(line);
    }
    if (offer.freeBytes !== undefined) screen.line(`Free there: ${formatBytes(offer.freeBytes)}.`);
    const answer = await ask(context, `Accept${where}? [y/N${cut ? ", l = list all" : ""}] `, signal, () =>
      showPages(personAtHand(context), lines(Number.POSITIVE_INFINITY), signal),
    );
    if (!answer.accept || hasRule || offer.taken === 0) return answer;
    return { accept: true, ruleFor: await askAboutTakenNames(context, offer, signal) };
  };
}

/** "n", or "n" and a reason for the other side, is no; so is Enter. */
async function ask(
  context: Context,
  question: string,
  signal: AbortSignal,
  listAll: () => Promise<void>,
): Promise<Consent> {
  for (;;) {
    const answer = ((await askLine(personAtHand(context), question, { signal })) ?? "").trim();
    if (/^y(?:es)?$/i.test(answer)) return { accept: true };
    const [, reason] = /^(?:no?(?:[\s,:]+(.*))?)?$/i.exec(answer) ?? [];
    if (reason !== undefined && reason !== "") return { accept: false, reason };
    if (/^(?:no?)?$/i.test(answer)) return { accept: false };
    if (/^l(?:ist)?$/i.test(answer)) await listAll();
    else context.screen.line("Please answer y to accept or n to decline; a reason may follow: n, wrong file");
  }
}

/** What happens to an entry that does not simply come under its own name. */
function noteOf(offer: Offer, rule: { readonly overwrite: boolean } | undefined): ListedOffer["note"] {
  const { into } = offer;
  if (into === undefined) return () => "";
  return async ({ path, type }, index) => {
    if (rule === undefined) return offer.isTaken(index) ? "the name is taken: you will be asked" : "";
    const place = offer.savedAs(index);
    if (place === undefined) return "left out: the name is taken";
    if (place !== path && !path.includes("/")) return `the name is taken: becomes ${displayName(place)}`;
    return rule.overwrite && type !== "dir" && (await isThere(join(into, place))) ? "replaces what is there" : "";
  };
}

async function isThere(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}
