import { type ChannelName, type Hk, type Role, type Uuid, ROLES, isChannelName, isHk, isUuid } from "./names.js";
import { PROBLEMS, type ProblemCode } from "./problem.js";

/**
 * A whole hello line, its LF included. The longest valid one has 277 bytes (role 9, channel 64, uuid 64, h_k 128,
 * CR and LF among them); 512 leaves room and still fits one segment.
 */
export const HELLO_MAX_BYTES = 512;

/** A whole answer line, its LF included: what a peer has to be ready to read. */
export const ANSWER_MAX_BYTES = 512;

const PREFIX = "duet/1";
const NO_UUID = "-";

/** What a peer says in its first line (PROTOCOL.md, section 5). */
export interface HelloLine {
  readonly role: Role;
  readonly channel: ChannelName;
  /** Undefined is `-` on the wire: the peer is known by its address. */
  readonly uuid: Uuid | undefined;
  readonly hK: Hk;
}

/** @returns the line with its LF, as a peer sends it to a stapler */
export function formatHelloLine({ role, channel, uuid, hK }: HelloLine): string {
  return `${PREFIX} ${role} ${channel} ${uuid ?? NO_UUID} ${hK}\n`;
}

/**
 * Reads a hello line strictly: ASCII, single spaces, five parts, nothing around them.
 *
 * @param line without its LF, one character per byte; one CR at its end is dropped
 * @returns undefined for anything that is not exactly a hello line
 */
export function parseHelloLine(line: string): HelloLine | undefined {
  if (line.length >= HELLO_MAX_BYTES) return undefined;
  const text = line.endsWith("\r") ? line.slice(0, -1) : line;
  // The patterns of the parts allow ASCII only, so no other byte gets through.
  const [prefix, role, channel, uuid, hK, ...more] = text.split(" ");
  if (prefix !== PREFIX || more.length > 0) return undefined;
  if (role === undefined || channel === undefined || uuid === undefined || hK === undefined) return undefined;
  if (!isRole(role) || !isChannelName(channel) || !isHk(hK)) return undefined;
  if (uuid === NO_UUID) return { role, channel, uuid: undefined, hK };
  return isUuid(uuid) ? { role, channel, uuid, hK } : undefined;
}

function isRole(text: string): text is Role {
  return ROLES.some((role) => role === text);
}

/** Every code that a stapler's `error` line can carry. */
export const STAPLER_ERROR_CODES = [
  "bad_hello",
  "unknown_channel",
  "full",
  "not_yours",
  "wrong_h_k",
  "not_open",
  "replaced",
  "round_over",
  "closed",
  "timeout",
  "busy",
  "unavailable",
] as const satisfies readonly ProblemCode[];
export type StaplerErrorCode = (typeof STAPLER_ERROR_CODES)[number];

export function isStaplerErrorCode(text: string): text is StaplerErrorCode {
  return STAPLER_ERROR_CODES.some((code) => code === text);
}

/** What a stapler answers to a hello line. */
export type StaplerAnswer =
  | { readonly kind: "waiting" }
  | { readonly kind: "stapled" }
  | { readonly kind: "error"; readonly code: StaplerErrorCode; readonly text: string };

/** The two answers that carry nothing. */
export const WAITING_LINE = "waiting\n";
export const STAPLED_LINE = "stapled\n";

/** @returns `error <code> <text>` with its LF; the text says what happened and what to do */
export function formatErrorLine(code: StaplerErrorCode): string {
  const { message, hint } = PROBLEMS[code];
  return `error ${code} ${message}. ${hint}\n`;
}

/**
 * Reads a stapler's answer. A code that this side does not know is `unavailable`: all that can be done is to
 * connect again later.
 *
 * @param line without its LF
 * @returns undefined for what no stapler says
 */
export function parseAnswerLine(line: string): StaplerAnswer | undefined {
  if (line === "waiting" || line === "stapled") return { kind: line };
  const error = /^error ([a-z_]{1,32})(?: (.*))?$/.exec(line);
  if (error === null) return undefined;
  const [, code = "", text = ""] = error;
  return { kind: "error", code: isStaplerErrorCode(code) ? code : "unavailable", text };
}
