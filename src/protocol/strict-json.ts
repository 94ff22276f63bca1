import { fromUtf8 } from "./bytes.js";

/** An object that came from a peer: own keys only, nothing known of the values. */
export type JsonObject = Readonly<Record<string, unknown>>;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Reads one JSON object that every parser reads alike: UTF-8 without a BOM, and no key twice in an object (parsers
 * differ in which one wins). Texts in it may still hold half of a surrogate pair: `isText` tells.
 *
 * @param bytes already bounded by the caller
 */
export function parseJsonObject(bytes: Uint8Array): JsonObject | undefined {
  const text = fromUtf8(bytes);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    // Refuses a BOM, which the decoder has left where it was.
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || repeatsKey(text, value)) return undefined;
  return value;
}

/** Text that can be written as UTF-8 and read back as the same. */
export function isText(value: unknown): value is string {
  return typeof value === "string" && !LONE_SURROGATE.test(value);
}

/** An integer from 0 to 2^53-1. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && !Object.is(value, -0);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * `JSON.parse` keeps one of two equal keys, whatever their spelling, so a text that says more keys than its value has
 * repeats one.
 */
function repeatsKey(text: string, value: JsonObject): boolean {
  return countColons(text) !== countKeys(value);
}

/** @param text valid JSON @returns how many colons stand outside of strings, one for each key */
function countColons(text: string): number {
  let count = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (character === QUOTE) isInString = !isInString;
    else if (isInString && character === BACKSLASH) i++;
    else if (!isInString && character === COLON) count++;
  }
  return count;
}

/** Without recursion: a peer decides how deep it goes. */
function countKeys(value: unknown): number {
  const left = [value];
  let count = 0;
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next !== "object" || next === null) continue;
    const inside: readonly unknown[] = Object.values(next);
    if (!Array.isArray(next)) count += inside.length;
    left.push(...inside);
  }
  return count;
}
