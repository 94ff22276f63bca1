/**
 * Files, folders, streams and texts over the encrypted pipe that a meeting of `client/` opens: offered whole, agreed to,
 * sent in order, and in their places only when they are complete.
 */
export { type Content, openSource, type Source } from "./sending/source.js";
export { displayName } from "./display-name.js";
export type { OnEvent, Skipped, Summary, TransferEvent } from "./events.js";
export { FileJournals, type FileJournalsOptions, type Removed } from "./journal/journal-files.js";
export type { JournalRecord } from "./journal/journal-records.js";
export type { JournalLog, JournalStore } from "./journal/journal-store.js";
export { MANIFEST_MAX_BYTES, TEXT_MAX_BYTES } from "./lists/limits.js";
export type { Consent, Offer } from "./receiving/offer.js";
export { topOf } from "./lists/names.js";
export type { TakenRule } from "./disk/publish.js";
export type { RuleFor } from "./receiving/placement.js";
export type { Progress } from "./progress.js";
export { receiveFiles } from "./receiving/receive.js";
export { type Sink, WritableSink } from "./receiving/single-destination.js";
export type { ReceiveOptions } from "./receiving/receive-options.js";
export type { Received } from "./receiving/receiving.js";
export { sendFiles, type SendOptions } from "./sending/send.js";
export type { Verify } from "./connection/verifier.js";
