import { toBase64Url } from "./base64url.js";
import { equalBytes, wipe } from "./bytes.js";
import { agree } from "./capabilities.js";
import type { Encapsulation, Kem, KemKeys } from "./hybrid.js";
import { sasCommitment } from "./key-schedule.js";
import type { HhK, Share } from "./names.js";
import type { RandomBytes } from "./random.js";
import {
  checkTag,
  deriveKey,
  drawScalar,
  type HandshakeOptions,
  prepare,
  type Preparation,
  roundGenerator,
  runIsOver,
  sharedPointOf,
  shareOf,
  tagsOf,
  wrongCode,
} from "./run.js";
import { createSession, type Session } from "./session.js";
import { decodeX, decodeY, encodeX, encodeY, SAS_NONCE_BYTES, SID_BYTES, type X } from "./shares.js";
import type { SuiteName } from "./suite-names.js";

/**
 * One round of the key agreement, from each side (PROTOCOL.md section 3). A run is used once: whatever comes of it,
 * right or wrong, it is over then, and nothing of it enters another one.
 */

export type { HandshakeOptions } from "./run.js";
export type { Session } from "./session.js";

const NOTHING = new Uint8Array(0);
/** What stands in for ML-KEM in a suite without it. */
const NO_KEYS: KemKeys = { publicKey: NOTHING, secretKey: NOTHING };
const NO_KEM: Encapsulation = { ciphertext: NOTHING, sharedSecret: NOTHING };

interface SenderState {
  readonly preparation: Preparation;
  readonly x: X;
  readonly ya: bigint;
  readonly nS: Uint8Array;
  /** Empty without ML-KEM. */
  readonly dk: Uint8Array;
}

/** The sender between x and y. Made by `startSender`. */
export class SenderRun {
  /** To post, with `curve` (seed step 3). */
  readonly x: Share;
  readonly curve: SuiteName;
  #state: SenderState | undefined;

  constructor(state: SenderState) {
    this.x = state.x.text;
    this.curve = state.preparation.suite.name;
    this.#state = state;
  }

  /**
   * Seed step 8. Only after it returned may `h_k` be shown to anyone.
   *
   * @param y and `hhK` as the relay brought them
   * @throws DuetError `wrong_code` for anything that another secret or a change on the way would give;
   * `unsupported` when the words matched but no version does; `failed` when the run was used before
   */
  finish(y: string, hhK: string): Session {
    const state = this.#state;
    if (state === undefined) throw runIsOver();
    this.#state = undefined;
    try {
      return finishSender(state, y, hhK);
    } finally {
      wipe(state.dk);
    }
  }

  /** Ends a run whose round broke off without a verdict, and overwrites what it holds. Does nothing to one that is over. */
  end(): void {
    if (this.#state !== undefined) wipe(this.#state.dk, this.#state.nS);
    this.#state = undefined;
  }
}

interface RecipientState {
  readonly preparation: Preparation;
  readonly x: X;
  readonly k: Uint8Array;
}

/** The recipient between y and h_k. Made by `startRecipient`. Nothing but `y` and `hhK` may leave before `confirm`. */
export class RecipientRun {
  /** To post (seed step 7). Posting `hhK` is what spends a guess. */
  readonly y: Share;
  readonly hhK: HhK;
  #state: RecipientState | undefined;

  constructor(y: Share, state: RecipientState) {
    this.y = y;
    // 43 characters of base64url, which is what the brand stands for.
    this.hhK = toBase64Url(tagsOf(state.k).hhK) as HhK;
    this.#state = state;
  }

  /**
   * Seed step 10.
   *
   * @param hK as the relay brought it
   * @throws DuetError `wrong_code`, `unsupported`, or `failed` when the run was used before
   */
  confirm(hK: string): Session {
    const state = this.#state;
    if (state === undefined) throw runIsOver();
    this.#state = undefined;
    const { preparation, x, k } = state;
    return keepingKey(k, () => {
      checkTag(hK, tagsOf(k).hK);
      return createSession("recipient", k, agree(preparation.own, x.capabilities), x.commitment);
    });
  }

  /** Ends a run whose round broke off without a verdict, and overwrites k. Does nothing to one that is over. */
  end(): void {
    if (this.#state !== undefined) wipe(this.#state.k);
    this.#state = undefined;
  }
}

/** Seed step 2: draws the sender's share. */
export async function startSender(options: HandshakeOptions): Promise<SenderRun> {
  const preparation = await prepare(options);
  const { suite, random, capabilities } = preparation;
  const sid = random(SID_BYTES);
  const ya = drawScalar(preparation);
  const nS = random(SAS_NONCE_BYTES);
  const { publicKey: ek, secretKey: dk } = suite.kem === undefined ? NO_KEYS : generateKeys(suite.kem, random);
  const share = shareOf(roundGenerator(preparation, sid), ya);
  const x = encodeX({ sid, ya: share, ek, commitment: sasCommitment(nS), capabilities });
  return new SenderRun({ preparation, x, ya, nS, dk });
}

/**
 * Seed step 6: answers the sender's share.
 *
 * @throws DuetError `wrong_code` for an x that breaks rule 1 or 2
 */
export async function startRecipient(options: HandshakeOptions & { readonly x: string }): Promise<RecipientRun> {
  const preparation = await prepare(options);
  const { suite, random, capabilities } = preparation;
  const x = decodeX(suite, options.x);
  if (x === undefined) throw wrongCode();
  const yb = drawScalar(preparation);
  const sent = suite.kem === undefined ? NO_KEM : encapsulate(suite.kem, x.ek, random);
  const y = encodeY({ yb: shareOf(roundGenerator(preparation, x.sid), yb), ct: sent.ciphertext, capabilities });
  const sharedPoint = sharedPointOf(preparation, yb, x.ya);
  const k = deriveKey(preparation, { x, y, sharedPoint, ss: sent.sharedSecret });
  return new RecipientRun(y.text, { preparation, x, k });
}

function finishSender({ preparation, x, ya, nS, dk }: SenderState, text: string, hhK: string): Session {
  const { suite, own } = preparation;
  const y = decodeY(suite, text);
  // Rule 3: our own share played back says nothing about the other side.
  if (y === undefined || equalBytes(y.yb, x.ya)) throw wrongCode();
  const sharedPoint = sharedPointOf(preparation, ya, y.yb);
  const ss = suite.kem?.decapsulate(y.ct, dk) ?? NOTHING;
  const k = deriveKey(preparation, { x, y, sharedPoint, ss });
  return keepingKey(k, () => {
    checkTag(hhK, tagsOf(k).hhK);
    const session = createSession("sender", k, agree(own, y.capabilities), x.commitment);
    return { ...session, sasNonce: nS, sas: session.sasFor(nS) };
  });
}

function generateKeys(kem: Kem, random: RandomBytes): KemKeys {
  const seed = random(kem.seedBytes);
  const keys = kem.keygen(seed);
  wipe(seed);
  return keys;
}

/** Rule 1. @throws DuetError `wrong_code` for a key that fails the check of FIPS 203 */
function encapsulate(kem: Kem, ek: Uint8Array, random: RandomBytes): Encapsulation {
  const message = random(kem.messageBytes);
  const sent = kem.encapsulate(ek, message);
  wipe(message);
  if (sent === undefined) throw wrongCode();
  return sent;
}

/** Runs what may keep k, and overwrites k when that fails. */
function keepingKey(k: Uint8Array, use: () => Session): Session {
  try {
    return use();
  } catch (error) {
    wipe(k);
    throw error;
  }
}
