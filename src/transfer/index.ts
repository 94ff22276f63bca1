/**
 * Files, folders, streams and texts over the encrypted pipe that a meeting of `client/` opens: offered whole, agreed to,
 * sent in order, and in their places only when they are complete.
 */
export { type Content, openSource, type Source } from "./source.js";
export { displayName } from "./display-name.js";
export type { OnEvent, Summary, TransferEvent } from "./events.js";
export { FileJournals, type FileJournalsOptions, type Removed } from "./journal-files.js";
export type { JournalRecord } from "./journal-records.js";
export type { JournalLog, JournalStore } from "./journal-store.js";
export { MANIFEST_MAX_BYTES, TEXT_MAX_BYTES } from "./limits.js";
export type { Consent, Offer } from "./offer.js";
export { findRoot, type RuleFor, type TakenRule } from "./placement.js";
export type { Progress } from "./progress.js";
export { receiveFiles, type ReceiveOptions } from "./receive.js";
export type { Received } from "./receiving.js";
export { sendFiles, type SendOptions } from "./send.js";
export type { Verify } from "./verifier.js";
export type { Skipped } from "./walk.js";
