import { equalBytes, wipe } from "./bytes.js";
import { type Capabilities, DEFAULT_CHUNK, encodeCapabilities, PROTOCOL_VERSIONS } from "./capabilities.js";
import { calculateGenerator, intermediateSessionKey, scalarMultVfy } from "./cpace.js";
import type { Element } from "./group.js";
import { decodeHash, hashOfHk } from "./h-k.js";
import { channelIdentifier, derived, extractPrk, sessionKey, transcriptHash } from "./key-schedule.js";
import type { ChannelName } from "./names.js";
import { DuetError } from "./problem.js";
import { platformRandom, type RandomBytes } from "./random.js";
import type { Secret } from "./secret.js";
import type { X, Y } from "./shares.js";
import type { SuiteName } from "./suite-names.js";
import { loadSuite, type Suite } from "./suites.js";

/** The parts of a run that sender and recipient have in common (PROTOCOL.md section 3). */

/**
 * Everything random in a run comes from `random`, in this order, so that a run can be repeated from a vector:
 * the sender draws sid (16), the seed of ya (`scalarSeedBytes` of the group: 48, 48, 72 or 99), nS (32) and, with
 * ML-KEM, d‖z (64); the recipient draws the seed of yb and, with ML-KEM, m (32).
 */
export interface HandshakeOptions {
  readonly channel: ChannelName;
  /** The canonical words, as `parseCode` gives them. */
  readonly secret: Secret;
  readonly curve: SuiteName;
  /** The platform's generator when absent. */
  readonly random?: RandomBytes;
  /** The largest chunk that this side takes. */
  readonly chunk?: number;
  /** The versions that this side speaks. Another than the default is for tests. */
  readonly versions?: readonly number[];
}

/** Options with the defaults filled in and the libraries loaded. */
export interface Preparation {
  readonly suite: Suite;
  readonly channel: ChannelName;
  readonly secret: Secret;
  readonly random: RandomBytes;
  readonly own: Capabilities;
  readonly capabilities: Uint8Array;
}

/** What both sides hold when x and y are there and K is computed. */
export interface Agreed {
  readonly x: X;
  readonly y: Y;
  /** Wiped by `deriveKey`. */
  readonly sharedPoint: Uint8Array;
  /** ML-KEM's secret, empty without. Wiped by `deriveKey`. */
  readonly ss: Uint8Array;
}

export async function prepare(options: HandshakeOptions): Promise<Preparation> {
  const {
    channel,
    secret,
    curve,
    random = platformRandom,
    chunk = DEFAULT_CHUNK,
    versions = PROTOCOL_VERSIONS,
  } = options;
  const own: Capabilities = { versions, chunk };
  const capabilities = encodeCapabilities(own);
  return { suite: await loadSuite(curve), channel, secret, random, own, capabilities };
}

/** A scalar and the generator of this round, from the words. */
export function roundGenerator({ suite, channel, secret }: Preparation, sid: Uint8Array): Element {
  const g = calculateGenerator(suite.group, secret.reveal(), channelIdentifier(suite.name, channel), sid);
  if (g === undefined) throw wrongCode();
  return g;
}

export function drawScalar({ suite, random }: Preparation): bigint {
  const seed = random(suite.group.scalarSeedBytes);
  const scalar = suite.group.scalar(seed);
  wipe(seed);
  return scalar;
}

/** @returns the encoded share; a scalar from 1 to order-1 times a generator is never the identity */
export function shareOf(g: Element, scalar: bigint): Uint8Array {
  const share = g.multiply(scalar)?.toShare();
  if (share === undefined) throw wrongCode();
  return share;
}

/** Rule 2. @throws DuetError `wrong_code` for a share that is no point, or the identity */
export function sharedPointOf({ suite }: Preparation, scalar: bigint, share: Uint8Array): Uint8Array {
  const k = scalarMultVfy(suite.group, scalar, share);
  if (k === undefined) throw wrongCode();
  return k;
}

/** The seed's k. Overwrites the secrets that it was made of. */
export function deriveKey({ suite, channel }: Preparation, { x, y, sharedPoint, ss }: Agreed): Uint8Array {
  const isk = intermediateSessionKey(
    suite.group,
    { sid: x.sid, ya: x.ya, ada: x.ada, yb: y.yb, adb: y.adb },
    sharedPoint,
  );
  const prk = extractPrk(ss, isk);
  const k = sessionKey(prk, transcriptHash(suite.name, channel, x.bytes, y.bytes));
  wipe(sharedPoint, ss, isk, prk);
  return k;
}

/**
 * Rules 5 and 6: the one comparison that tells whether the other side knows the words.
 *
 * @param received h_k or hh_k as it came
 * @param expected the decoded tag that it must be
 * @throws DuetError `wrong_code`
 */
export function checkTag(received: string, expected: Uint8Array): void {
  const tag = decodeHash(received);
  if (tag === undefined || !equalBytes(tag, expected)) throw wrongCode();
}

export function tagsOf(k: Uint8Array): { readonly hK: Uint8Array; readonly hhK: Uint8Array } {
  const hK = derived(k, "h_k");
  return { hK, hhK: hashOfHk(hK) };
}

export function wrongCode(): DuetError {
  return new DuetError("wrong_code");
}

/** Rule 4. */
export function runIsOver(): DuetError {
  return new DuetError("failed", { message: "this run is over", hint: "Start a new round." });
}
