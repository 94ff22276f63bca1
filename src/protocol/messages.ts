import { concat, utf8 } from "./bytes.js";
import { badMessage } from "./json-lines.js";
import type { Role } from "./names.js";
import type { ProblemCode } from "./problem.js";
import { SAS_NONCE_BYTES } from "./shares.js";
import { isCount, isText, type JsonObject, parseJsonObject } from "./strict-json.js";

/** The messages of one chunk (PROTOCOL.md section 6): hello, end, ack and error. */

/** The plaintext of each of them, at most. */
export const SMALL_MESSAGE_MAX_BYTES = 4096;
export const HELLO_NONCE_BYTES = 16;

/** What `hello` brings. Nothing of it but nS is acted on before a second message of that side has opened. */
export interface Hello {
  /** Fresh for every connection. */
  readonly nonce: Uint8Array;
  /** nS of the handshake, from a sender only. */
  readonly sasNonce?: Uint8Array;
}

/** What the sender did on this connection. */
export interface End {
  /** How many entries it sent, the given-up ones included. */
  readonly entries: number;
  readonly failed: number;
  readonly bytes: number;
}

/** What the recipient has on its disk, complete, synced and renamed. */
export interface Ack {
  readonly entries: number;
  readonly bytes: number;
}

/** Why a side breaks off. */
export const PEER_ERROR_CODES = [
  "declined",
  "cancelled",
  "interfered",
  "no_space",
  "cannot_write",
  "cannot_read",
  "bad_message",
  "unsupported",
] as const satisfies readonly ProblemCode[];
export type PeerErrorCode = (typeof PEER_ERROR_CODES)[number];

export interface PeerError {
  readonly code: PeerErrorCode;
  /** A text of the peer: clean it before a terminal sees it. */
  readonly message: string;
}

export function encodeHello({ nonce, sasNonce }: Hello): Uint8Array {
  return concat(nonce, sasNonce ?? new Uint8Array(0), utf8("{}"));
}

/**
 * @param from the role whose hello it is
 * @throws DuetError `bad_message`
 */
export function decodeHello(from: Role, plaintext: Uint8Array): Hello {
  const start = HELLO_NONCE_BYTES + (from === "sender" ? SAS_NONCE_BYTES : 0);
  decodeObject("hello", plaintext.subarray(start), SMALL_MESSAGE_MAX_BYTES - start);
  const nonce = plaintext.slice(0, HELLO_NONCE_BYTES);
  return from === "sender" ? { nonce, sasNonce: plaintext.slice(HELLO_NONCE_BYTES, start) } : { nonce };
}

export function encodeEnd({ entries, failed, bytes }: End): Uint8Array {
  return utf8(JSON.stringify({ entries, failed, bytes }));
}

/** @throws DuetError `bad_message` */
export function decodeEnd(plaintext: Uint8Array): End {
  const { entries, failed, bytes } = decodeObject("end", plaintext);
  if (!isCount(entries) || !isCount(failed) || !isCount(bytes)) throw badMessage("end is not valid");
  return { entries, failed, bytes };
}

export function encodeAck({ entries, bytes }: Ack): Uint8Array {
  return utf8(JSON.stringify({ entries, bytes }));
}

/** @throws DuetError `bad_message` */
export function decodeAck(plaintext: Uint8Array): Ack {
  const { entries, bytes } = decodeObject("ack", plaintext);
  if (!isCount(entries) || !isCount(bytes)) throw badMessage("ack is not valid");
  return { entries, bytes };
}

/** A text that is too long is cut, and half of a surrogate pair, which has no UTF-8, replaced. */
export function encodeError({ code, message }: PeerError): Uint8Array {
  const text = message.replaceAll(/\p{Surrogate}/gu, "\ufffd");
  const encode = (part: string): Uint8Array => utf8(JSON.stringify({ code, message: part }));
  const whole = encode(text);
  // A character takes at most 6 bytes (as \u0000 does), so the cut one fits whatever it holds.
  return whole.length <= SMALL_MESSAGE_MAX_BYTES ? whole : encode([...text].slice(0, 600).join(""));
}

/**
 * @returns what the peer says; a code that this side does not know is `failed`, as exit 1 is for all that has no number
 * @throws DuetError `bad_message`
 */
export function decodeError(plaintext: Uint8Array): {
  readonly code: PeerErrorCode | "failed";
  readonly message: string;
} {
  const { code, message } = decodeObject("error", plaintext);
  if (!isText(code) || !isText(message)) throw badMessage("error is not valid");
  return { code: PEER_ERROR_CODES.find((known) => known === code) ?? "failed", message };
}

function decodeObject(what: string, bytes: Uint8Array, maxBytes = SMALL_MESSAGE_MAX_BYTES): JsonObject {
  const object = bytes.length <= maxBytes ? parseJsonObject(bytes) : undefined;
  if (object === undefined) throw badMessage(`${what} is not valid`);
  return object;
}
