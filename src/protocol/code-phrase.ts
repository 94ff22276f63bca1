import { wordlist } from "@scure/bip39/wordlists/english.js";
import { utf8 } from "./bytes.js";
import type { ChannelName } from "./names.js";
import { DuetError } from "./problem.js";
import type { RandomBytes } from "./random.js";
import { Secret } from "./secret.js";

/**
 * The code that people pass on, `4821-cactus-lemon-violin` (PROTOCOL.md section 4): a channel, which is no secret, the
 * first dash, and the words, which never leave the two peers. All checks are made before a relay is asked, so that a
 * typo never spends a guess.
 */

/** The canonical UTF-8 of the words: PRS of section 3. */
export type CodeSecret = Secret;

export interface Code {
  readonly channel: ChannelName;
  readonly secret: CodeSecret;
}

/** 33 bits: an attacker has three guesses. */
export const DEFAULT_WORDS = 3;
export const MIN_WORDS = 2;
export const MAX_WORDS = 6;
/** Every BIP39 word is told by four letters. */
const PREFIX_LETTERS = 4;
const CUSTOM_CHARACTERS = 8;

const SEPARATORS = /[\p{White_Space}\ufeff._\-\u2010-\u2015\u2212]+/gu;
const CHANNEL_IN_CODE = /^[0-9a-z]{1,64}$/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * @param text as a person typed or pasted it
 * @throws DuetError `bad_code`; its texts never repeat the words
 */
export function parseCode(text: string): Code {
  const canonical = canonicalForm(text);
  const dash = canonical.indexOf("-");
  if (dash === -1) {
    throw badCode(
      "the code has no words",
      "Give the whole code: the channel, a dash and the words, like 4821-cactus-lemon-violin.",
    );
  }
  const channel = canonical.slice(0, dash);
  if (!isChannelInCode(channel)) {
    throw badCode(
      "a code begins with letters or digits",
      "Check the part before the first dash: only 0-9 and a-z, at most 64.",
    );
  }
  return { channel, secret: new Secret(utf8(canonicalSecret(canonical.slice(dash + 1)))) };
}

/** @returns the code as it is shown to people */
export function formatCode(channel: ChannelName, secret: CodeSecret): string {
  return `${channel}-${new TextDecoder().decode(secret.reveal())}`;
}

/**
 * @param words from `MIN_WORDS` to `MAX_WORDS`, 11 bits each
 * @param random asked once, for two bytes a word
 */
export function generateSecret(words: number, random: RandomBytes): CodeSecret {
  if (!Number.isInteger(words) || words < MIN_WORDS || words > MAX_WORDS)
    throw new RangeError("words must be from 2 to 6");
  const bytes = random(2 * words);
  const chosen: string[] = [];
  // 2048 divides 65536, so taking the low 11 bits is uniform.
  for (let i = 0; i < words; i++) chosen.push(wordAt((((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)) & 2047));
  return new Secret(utf8(chosen.join("-")));
}

/** @returns the words that `prefix` may become, for Tab; in the order of the list */
export function completeWord(prefix: string): string[] {
  const start = canonicalForm(prefix);
  return wordlist.filter((word) => word.startsWith(start));
}

function canonicalForm(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replace(SEPARATORS, "-")
    .replace(/^-|-$/g, "");
}

function canonicalSecret(secret: string): string {
  if (/^[a-z-]+$/.test(secret)) return canonicalWords(secret.split("-"));
  if (LONE_SURROGATE.test(secret)) throw badCode("the code has a broken character", "Type it again.");
  if ([...secret].length < CUSTOM_CHARACTERS) {
    throw badCode(
      "the secret of the code is too short",
      `Take ${MIN_WORDS} to ${MAX_WORDS} words of the list, or at least ${CUSTOM_CHARACTERS} characters of your own.`,
    );
  }
  return secret;
}

function canonicalWords(words: readonly string[]): string {
  if (words.length < MIN_WORDS || words.length > MAX_WORDS) {
    throw badCode(
      `a code has ${MIN_WORDS} to ${MAX_WORDS} words, this has ${words.length}`,
      "Check that none is missing. A secret of your own needs a digit or another character that is no letter.",
    );
  }
  return words.map(canonicalWord).join("-");
}

/** The whole word, or what four or more letters can only mean. */
function canonicalWord(word: string, index: number): string {
  if (wordlist.includes(word)) return word;
  const meant = word.length < PREFIX_LETTERS ? [] : completeWord(word);
  const [only] = meant;
  if (only === undefined || meant.length > 1) {
    throw badCode(
      `word ${index + 1} of the code is not in the list`,
      "Check its spelling. Whole words, or at least their first four letters; Tab completes them.",
    );
  }
  return only;
}

function wordAt(index: number): string {
  const word = wordlist[index];
  if (word === undefined) throw new RangeError("no such word");
  return word;
}

function badCode(message: string, hint: string): DuetError {
  return new DuetError("bad_code", { message, hint });
}

/** Narrower than a channel may be: a name with a dash cannot stand in a code. */
function isChannelInCode(text: string): text is ChannelName {
  return CHANNEL_IN_CODE.test(text);
}
