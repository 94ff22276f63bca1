import { type ChannelName, isChannelName } from "../protocol/names.js";
import { DuetError } from "../protocol/problem.js";
import { cleanText } from "./clean-text.js";
import type { StaplerAddress } from "./peer-stream.js";

/*
 * What a relay answers, checked again here: the types say what an honest relay of this version sends, and a relay is
 * not trusted to be one. Shares and tags stay texts; the key agreement reads them strictly itself.
 */

export interface Opened {
  readonly channel: ChannelName;
  readonly round: number;
  readonly expiresAt: Date;
  /** The operator's words, cleaned. */
  readonly notice?: string;
}

export interface Joined extends Opened {
  /** Unread: what is wrong with it ends like a wrong code, which is for the key agreement to say. */
  readonly x: string;
  /** As the sender named it; may be a suite that is not known here. */
  readonly curve: string;
}

/** @param asked the channel that the answer must be about, if one was named */
export function openedFrom(answer: unknown, asked: ChannelName | undefined): Opened {
  const { channel, round, expires_at: expiresAt, notice } = fieldsOf(answer);
  if (typeof channel !== "string" || !isChannelName(channel) || (asked !== undefined && channel !== asked))
    throw refused("channel");
  if (typeof round !== "number" || !Number.isSafeInteger(round) || round < 1) throw refused("round");
  const date = new Date(typeof expiresAt === "string" ? expiresAt : NaN);
  if (Number.isNaN(date.getTime())) throw refused("expires_at");
  const opened = { channel, round, expiresAt: date };
  const text = typeof notice === "string" ? cleanText(notice) : "";
  return text === "" ? opened : { ...opened, notice: text };
}

export function joinedFrom(answer: unknown, asked: ChannelName): Joined {
  const { x, curve } = fieldsOf(answer);
  if (typeof x !== "string") throw refused("x");
  if (typeof curve !== "string") throw refused("curve");
  return { ...openedFrom(answer, asked), x, curve };
}

export function yFrom(answer: unknown): {
  readonly y: string;
  readonly hhK: string;
  readonly stapler: StaplerAddress | undefined;
} {
  const { y, hh_k: hhK, stapler } = fieldsOf(answer);
  if (typeof y !== "string" || typeof hhK !== "string") throw refused("y");
  // An addition to the table of section 2, so it may be missing.
  return { y, hhK, stapler: stapler === undefined ? undefined : staplerFrom(stapler) };
}

export function hKFrom(answer: unknown): string {
  const { h_k: hK } = fieldsOf(answer);
  if (typeof hK !== "string") throw refused("h_k");
  return hK;
}

/** The field `stapler` of steps 7 to 13. */
export function staplerOf(answer: unknown): StaplerAddress {
  return staplerFrom(fieldsOf(answer)["stapler"]);
}

/** A host name has at most 253 characters. */
const HOST = /^[0-9A-Za-z._:%-]{1,255}$/;

function staplerFrom(value: unknown): StaplerAddress {
  const { host, port, websocket_url: url } = fieldsOf(value);
  if (host !== null && (typeof host !== "string" || !HOST.test(host))) throw refused("stapler");
  if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 65_535) throw refused("stapler");
  return { host, port, websocket_url: typeof url === "string" ? url : null };
}

function fieldsOf(answer: unknown): Partial<Record<string, unknown>> {
  if (typeof answer !== "object" || answer === null) throw refused("object");
  return { ...answer };
}

function refused(field: string): DuetError {
  return new DuetError("relay_refused", {
    message: `the relay's answer is not understood (${field})`,
    hint: "Update duet, or use another relay.",
  });
}
