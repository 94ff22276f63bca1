import {
  Acceptance,
  type Decision,
  encodeAcceptException,
  encodeAcceptHead,
  EntrySizes,
  type Manifest,
  type ResumeDecision,
} from "../protocol/index.js";

/**
 * @param resumes of entries that are wanted
 * @returns the shorter of the two ways to say what is wanted
 */
export function acceptanceOf(
  entries: number,
  isWanted: (entry: number) => boolean,
  resumes: ReadonlyMap<number, ResumeDecision> = new Map(),
): Acceptance {
  let wanted = 0;
  for (let entry = 0; entry < entries; entry++) if (isWanted(entry)) wanted++;
  const isMostlyWanted = wanted * 2 >= entries;
  const exception: Decision = { do: isMostlyWanted ? "skip" : "send" };
  const acceptance = new Acceptance(isMostlyWanted ? "send" : "skip");
  for (let entry = 0; entry < entries; entry++) {
    if (isWanted(entry) !== isMostlyWanted) acceptance.set(entry, exception);
  }
  for (const [entry, decision] of resumes) acceptance.set(entry, decision);
  return acceptance;
}

/** The message, in pieces of a line each. */
export function* encodeAcceptance(acceptance: Acceptance): Generator<Uint8Array> {
  yield encodeAcceptHead(acceptance.default);
  for (const [entry, decision] of acceptance.exceptions()) yield encodeAcceptException(entry, decision);
}

/** @returns how many entries are to be sent, folders and links included */
export function countWanted({ entries }: Manifest, acceptance: Acceptance): number {
  let count = 0;
  for (let entry = 0; entry < entries.length; entry++) if (acceptance.of(entry).do !== "skip") count++;
  return count;
}

/** @returns how many bytes are not to be sent: they count as done */
export function bytesKept({ entries }: Manifest, acceptance: Acceptance): number {
  const sizes = EntrySizes.of(entries);
  let bytes = 0;
  for (let entry = 0; entry < sizes.length; entry++) {
    const decision = acceptance.of(entry);
    if (decision.do === "skip") bytes += sizes.sizeOf(entry) ?? 0;
    else if (decision.do === "resume") bytes += decision.offset;
  }
  return bytes;
}
