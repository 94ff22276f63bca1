import type { ChannelName } from "../protocol/names.js";
import { DuetError } from "../protocol/problem.js";

/** Short enough to read out, and 90 of them are given away before a fifth digit comes. */
const SHORTEST = 4;
/** Beyond this a number does not fit the 48 random bits below; 10^14 channels do not fit any relay. */
const LONGEST = 14;
/** Of the names of a length at most one in so many is in use: a mistyped code rarely meets a stranger. */
const SPARSENESS = 100;
const RANDOM_BYTES = 6;
const RANDOM_VALUES = 2 ** (8 * RANDOM_BYTES);
/** Each attempt fails for one name in a hundred. */
const ATTEMPTS = 30;

/**
 * Finds a name that nobody uses and takes it.
 *
 * @param countNames how many names of a length are in use
 * @param take tries to take a name; false if it is in use
 * @throws DuetError `store_unavailable` if there is none, which only a broken store can cause
 */
export async function takeFreeName<T>(
  random: (length: number) => Uint8Array,
  countNames: (length: number) => Promise<number>,
  take: (name: ChannelName) => Promise<T | undefined>,
): Promise<T> {
  for (let digits = SHORTEST; digits <= LONGEST; digits += 1) {
    if ((await countNames(digits)) + 1 > numbersOf(digits) / SPARSENESS) continue;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const taken = await take(randomNumber(digits, random));
      if (taken !== undefined) return taken;
    }
  }
  throw new DuetError("store_unavailable");
}

/** How many decimal numbers of so many digits there are, without those that start with a zero. */
function numbersOf(digits: number): number {
  return 9 * 10 ** (digits - 1);
}

function randomNumber(digits: number, random: (length: number) => Uint8Array): ChannelName {
  const range = numbersOf(digits);
  const fair = RANDOM_VALUES - (RANDOM_VALUES % range);
  let value: number;
  do value = random(RANDOM_BYTES).reduce((sum, byte) => sum * 256 + byte, 0);
  while (value >= fair);
  return String(10 ** (digits - 1) + (value % range)) as ChannelName;
}
