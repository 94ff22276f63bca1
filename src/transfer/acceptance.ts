import {
  type Acceptance,
  type Decision,
  decisionFor,
  encodeAcceptException,
  encodeAcceptHead,
  type Manifest,
} from "../protocol/index.js";

/** @returns the shorter of the two ways to say what is wanted */
export function acceptanceOf(entries: number, isWanted: (entry: number) => boolean): Acceptance {
  const wanted: number[] = [];
  const unwanted: number[] = [];
  for (let entry = 0; entry < entries; entry++) (isWanted(entry) ? wanted : unwanted).push(entry);
  const isMostlyWanted = wanted.length >= unwanted.length;
  const decision: Decision = { do: isMostlyWanted ? "skip" : "send" };
  return {
    default: isMostlyWanted ? "send" : "skip",
    exceptions: new Map((isMostlyWanted ? unwanted : wanted).map((entry) => [entry, decision])),
  };
}

/** The message, in pieces of a line each. */
export function* encodeAcceptance({ default: choice, exceptions }: Acceptance): Generator<Uint8Array> {
  yield encodeAcceptHead(choice);
  for (const [entry, decision] of exceptions) yield encodeAcceptException(entry, decision);
}

/** @returns how many entries are to be sent, folders and links included */
export function countWanted({ entries }: Manifest, acceptance: Acceptance): number {
  return entries.reduce((sum, _entry, index) => sum + (decisionFor(acceptance, index).do === "skip" ? 0 : 1), 0);
}

/** @returns the sizes of what is not to be sent: it counts as done */
export function bytesKept({ entries }: Manifest, acceptance: Acceptance): number {
  return entries.reduce(
    (sum, { size }, index) => sum + (decisionFor(acceptance, index).do === "skip" ? (size ?? 0) : 0),
    0,
  );
}
