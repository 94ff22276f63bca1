/**
 * What both peers compute: the key agreement, the encrypted stream and what goes through it. Pure: no I/O, no Node.
 * `problem`, `names` and `secret` are shared by all folders and are imported from their own files.
 */
export { type Aead, loadPortableAead, TAG_BYTES } from "./aead.js";
export { LINE_MAX_BYTES } from "./json-lines.js";
export { AcceptReader, encodeAcceptException, encodeAcceptHead } from "./accept.js";
export { Acceptance, type Decision, type ResumeDecision, RESUMES_MAX } from "./acceptance.js";
export {
  type BodyPart,
  BodyReader,
  encodeFrameHeader,
  encodeGivenUp,
  FRAME_HEADER_BYTES,
  FRAME_MAX_BYTES,
} from "./body.js";
export { fromBase64Url, toBase64Url } from "./base64url.js";
export { DEFAULT_CHUNK, MAX_CHUNK, MIN_CHUNK, PROTOCOL_VERSIONS } from "./capabilities.js";
export {
  type Code,
  type CodeSecret,
  completeWord,
  DEFAULT_WORDS,
  formatCode,
  generateSecret,
  MAX_WORDS,
  MIN_WORDS,
  parseCode,
} from "./code-phrase.js";
export { hhKOf } from "./h-k.js";
export * from "./hello-line.js";
export { type RecipientRun, type SenderRun, startRecipient, startSender } from "./handshake.js";
export { EntrySizes } from "./entry-sizes.js";
export {
  decodeManifestEntry,
  type DirEntry,
  encodeManifestEntry,
  encodeManifestHead,
  type EntryCollector,
  type EntryList,
  type FileEntry,
  type LinkEntry,
  type Manifest,
  type ManifestEntry,
  type ManifestHead,
  type ManifestKind,
  ManifestReader,
  recallManifestEntry,
} from "./manifest.js";
export {
  type Ack,
  decodeAck,
  decodeEnd,
  decodeError,
  decodeHello,
  encodeAck,
  encodeEnd,
  encodeError,
  encodeHello,
  type End,
  type Hello,
  HELLO_NONCE_BYTES,
  PEER_ERROR_CODES,
  type PeerError,
  type PeerErrorCode,
  SMALL_MESSAGE_MAX_BYTES,
} from "./messages.js";
export * from "./names.js";
export { PathTable } from "./path-table.js";
export { isWirePath, PATH_MAX_BYTES, PATHS_MAX } from "./paths.js";
export * from "./problem.js";
export { platformRandom, type RandomBytes } from "./random.js";
export {
  CHUNK_LENGTH_BYTES,
  type Direction,
  MESSAGE_HEADER_BYTES,
  MESSAGE_MAX_BYTES,
  type MessageContext,
  MessageOpener,
  MessageSealer,
  type MessageType,
  readChunkLength,
} from "./record.js";
export type { HandshakeOptions } from "./run.js";
export { Secret } from "./secret.js";
export * as sequence from "./sequence.js";
export type { Sequence } from "./sequence.js";
export type { Session } from "./session.js";
export { DEFAULT_SUITE, isSuite, SUITE_NAMES, type SuiteName } from "./suite-names.js";
export { loadSuite, type Suite } from "./suites.js";
export { replaceUnsafe } from "./unsafe-text.js";
