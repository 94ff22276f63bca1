/** A round whose recipient may lie: it knows the words, and answers with bytes that no honest peer makes. */
import { fromBase64Url, toBase64Url } from "../../../src/protocol/base64url.js";
import { parseCode } from "../../../src/protocol/code-phrase.js";
import { intermediateSessionKey } from "../../../src/protocol/cpace.js";
import { startRecipient, startSender } from "../../../src/protocol/handshake.js";
import { extractPrk, sessionKey, transcriptHash } from "../../../src/protocol/key-schedule.js";
import { tagsOf } from "../../../src/protocol/run.js";
import { decodeX, decodeY } from "../../../src/protocol/shares.js";
import type { SuiteName } from "../../../src/protocol/suite-names.js";
import { loadSuite } from "../../../src/protocol/suites.js";
import { present, recording, shown } from "../values.js";

const CODE = "4821-cactus-lemon-violin";

/** What a recipient would have to compute to answer with these bytes. */
export interface Answer {
  /** All of y, decoded. */
  readonly bytes: Uint8Array;
  readonly yb: Uint8Array;
  readonly adb: Uint8Array;
  /** K, as it goes into ISK. */
  readonly sharedPoint: Uint8Array;
  readonly ss: Uint8Array;
}

/** One round of honest peers, and the tags of answers that were not given in it. */
export async function workedRound(curve: SuiteName) {
  const suite = await loadSuite(curve);
  const { channel, secret } = parseCode(CODE);
  const senderDraws = recording(`refusals, ${curve}, sender`);
  const recipientDraws = recording(`refusals, ${curve}, recipient`);
  const sender = await startSender({ channel, secret, curve, random: senderDraws.random });
  const recipient = await startRecipient({ channel, secret, curve, random: recipientDraws.random, x: sender.x });
  const { hK } = sender.finish(recipient.y, recipient.hhK);
  const [sid, yaSeed, nS, kemSeed] = senderDraws.drawn;
  const [ybSeed, kemMessage] = recipientDraws.drawn;
  const x = present(decodeX(suite, sender.x));
  const y = present(decodeY(suite, recipient.y));
  const ya = suite.group.scalar(present(yaSeed));
  const sharedPoint = present(suite.group.fromShare(y.yb)?.multiply(ya)?.toSecret());
  const keys = suite.kem?.keygen(present(kemSeed));
  const decapsulate = (ct: Uint8Array): Uint8Array =>
    keys === undefined ? new Uint8Array(0) : present(suite.kem).decapsulate(ct, keys.secretKey);
  const honest: Answer = { bytes: y.bytes, yb: y.yb, adb: y.adb, sharedPoint, ss: decapsulate(y.ct) };

  /** hh_k as someone who knows the words and takes these bytes for an answer computes it. */
  function hhKOf(change: Partial<Answer>): string {
    const answer = { ...honest, ...change };
    const { yb, adb } = answer;
    // Copies: the key schedule overwrites what it is given.
    const shared = answer.sharedPoint.slice();
    const isk = intermediateSessionKey(suite.group, { sid: x.sid, ya: x.ya, ada: x.ada, yb, adb }, shared);
    const k = sessionKey(extractPrk(answer.ss.slice(), isk), transcriptHash(curve, channel, x.bytes, answer.bytes));
    return toBase64Url(tagsOf(k).hhK);
  }

  return {
    suite,
    x,
    y,
    ya,
    hK,
    hhK: recipient.hhK,
    hhKOf,
    decapsulate,
    /** What a peer in the sender's place starts with. */
    senderInputs: shown({ curve, code: CODE, sid, ya_seed: yaSeed, nS, mlkem_seed: kemSeed, x: sender.x }),
    /** What a peer in the recipient's place starts with; x is for the case to give. */
    recipientInputs: shown({ curve, code: CODE, yb_seed: ybSeed, mlkem_m: kemMessage }),
  };
}

export type Round = Awaited<ReturnType<typeof workedRound>>;

const ALPHABET = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

/** Another text that a lenient decoder takes for the same bytes: the unused bits of its last character are not zero. */
export function withStrayBits(text: string): string {
  const last = present(text.at(-1));
  const sibling = present(
    ALPHABET.find(
      (letter) =>
        letter !== last && Buffer.from(text.slice(0, -1) + letter, "base64url").equals(Buffer.from(text, "base64url")),
    ),
  );
  const sent = text.slice(0, -1) + sibling;
  if (fromBase64Url(sent) !== undefined) throw new Error("the strict decoder takes it");
  return sent;
}
