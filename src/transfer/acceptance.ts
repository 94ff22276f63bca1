import {
  type Acceptance,
  type Decision,
  decisionFor,
  encodeAcceptException,
  encodeAcceptHead,
  type EntryList,
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

/** @returns how many entries are files */
export function countFiles(entries: EntryList): number {
  let count = 0;
  for (const { type } of entries) if (type === "file") count++;
  return count;
}

/** The message, in pieces of a line each. */
export function* encodeAcceptance({ default: choice, exceptions }: Acceptance): Generator<Uint8Array> {
  yield encodeAcceptHead(choice);
  for (const [entry, decision] of exceptions) yield encodeAcceptException(entry, decision);
}

/** @returns how many entries are to be sent, folders and links included */
export function countWanted({ entries }: Manifest, acceptance: Acceptance): number {
  let count = 0;
  for (let entry = 0; entry < entries.length; entry++) if (decisionFor(acceptance, entry).do !== "skip") count++;
  return count;
}

/** @returns the sizes of what is not to be sent: it counts as done */
export function bytesKept({ entries }: Manifest, acceptance: Acceptance): number {
  let bytes = 0;
  let entry = 0;
  for (const { size } of entries) if (decisionFor(acceptance, entry++).do === "skip") bytes += size ?? 0;
  return bytes;
}
