/** One key agreement, worked through with the functions that the runs themselves use. */
import { formatCode, parseCode } from "../../src/protocol/code-phrase.js";
import {
  calculateGenerator,
  generatorString,
  intermediateSessionKey,
  scalarMultVfy,
} from "../../src/protocol/cpace.js";
import { startRecipient, startSender } from "../../src/protocol/handshake.js";
import { channelIdentifier, derived, extractPrk, sessionKey, transcriptHash } from "../../src/protocol/key-schedule.js";
import { decodeX, decodeY } from "../../src/protocol/shares.js";
import type { SuiteName } from "../../src/protocol/suite-names.js";
import { loadSuite } from "../../src/protocol/suites.js";
import { transfer } from "./records.js";
import { present, recording, shown } from "./values.js";

const CODE = "4821-cactus-lemon-violin";
/** Different, so that it shows which one is taken. */
const SENDER_CHUNK = 1_048_576;
const RECIPIENT_CHUNK = 65_536;

export async function exchange(curve: SuiteName) {
  const { channel, secret } = parseCode(CODE);
  const suite = await loadSuite(curve);
  const senderDraws = recording(`${curve}, sender`);
  const recipientDraws = recording(`${curve}, recipient`);
  const senderRun = await startSender({ channel, secret, curve, chunk: SENDER_CHUNK, random: senderDraws.random });
  const recipientRun = await startRecipient({
    channel,
    secret,
    curve,
    chunk: RECIPIENT_CHUNK,
    random: recipientDraws.random,
    x: senderRun.x,
  });
  const session = senderRun.finish(recipientRun.y, recipientRun.hhK);
  recipientRun.confirm(session.hK);

  const { group, kem } = suite;
  const [sid, yaSeed, nS, kemSeed] = senderDraws.drawn;
  const [ybSeed, kemMessage] = recipientDraws.drawn;
  const x = present(decodeX(suite, senderRun.x));
  const y = present(decodeY(suite, recipientRun.y));
  const ya = group.scalar(present(yaSeed));
  const yb = group.scalar(present(ybSeed));
  const ci = channelIdentifier(curve, channel);
  const g = present(calculateGenerator(group, secret.reveal(), ci, x.sid));
  const sharedPoint = present(scalarMultVfy(group, ya, y.yb));
  const ss = kem === undefined ? new Uint8Array(0) : kem.decapsulate(y.ct, kem.keygen(present(kemSeed)).secretKey);
  const isk = intermediateSessionKey(group, { sid: x.sid, ya: x.ya, ada: x.ada, yb: y.yb, adb: y.adb }, sharedPoint);
  const th = transcriptHash(curve, channel, x.bytes, y.bytes);
  const prk = extractPrk(ss, isk);
  const k = sessionKey(prk, th);

  return {
    curve,
    inputs: shown({
      code: formatCode(channel, secret),
      channel,
      PRS: secret.reveal(),
      sid,
      ya_seed: yaSeed,
      yb_seed: ybSeed,
      nS,
      mlkem_seed: kemSeed,
      mlkem_m: kemMessage,
      capsA: new TextDecoder().decode(x.capabilities),
      capsB: new TextDecoder().decode(y.capabilities),
    }),
    values: shown({
      ya: ya.toString(16),
      yb: yb.toString(16),
      CI: ci,
      gs: generatorString(group, secret.reveal(), ci, x.sid),
      g: g.toShare(),
      Ya: x.ya,
      ek: x.ek,
      commitment: x.commitment,
      ADa: x.ada,
      x: x.text,
      Yb: y.yb,
      ct: y.ct,
      ADb: y.adb,
      y: y.text,
      K: sharedPoint,
      ISK: isk,
      TH: th,
      ss,
      prk,
      k,
      h_k: session.hK,
      hh_k: recipientRun.hhK,
      h_k_bytes: derived(k, "h_k"),
      key_s2r: session.keys.s2r.reveal(),
      key_r2s: session.keys.r2s.reveal(),
      SAS: present(session.sas),
      chunk: session.chunk,
      version: session.version,
    }),
    records: transfer(curve, session),
  };
}
