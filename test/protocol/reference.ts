/**
 * A second implementation of the key agreement, written from docs/PROTOCOL.md section 3 with `node:crypto` for every
 * hash, and without anything of `src/`. It sees both sides' secrets, so it can also play a peer that lies.
 */
import { createHash, createHmac } from "node:crypto";
import { ristretto255, ristretto255_hasher } from "@noble/curves/ed25519.js";
import { p256, p256_hasher, p384, p384_hasher, p521, p521_hasher } from "@noble/curves/nist.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";

export interface Secrets {
  readonly curve: string;
  readonly channel: string;
  readonly words: string;
  readonly sid: Uint8Array;
  readonly yaSeed: Uint8Array;
  readonly ybSeed: Uint8Array;
  readonly nS: Uint8Array;
  readonly kemSeed?: Uint8Array | undefined;
  readonly kemMessage?: Uint8Array | undefined;
  readonly capsA: string;
  readonly capsB: string;
}

const P = "duet/1";
const EMPTY = Buffer.alloc(0);
type Part = Uint8Array | string;

export function leb128(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

export function lv(...parts: readonly Part[]): Buffer {
  return Buffer.concat(parts.flatMap((part) => [leb128(Buffer.from(part).length), Buffer.from(part)]));
}

const hash = (name: string, ...parts: readonly Part[]): Buffer => {
  const state = createHash(name);
  for (const part of parts) state.update(part);
  return state.digest();
};

/** RFC 5869. */
function expand(name: string, prk: Uint8Array, info: Uint8Array, length: number): Buffer {
  let okm = EMPTY;
  for (let block = EMPTY, counter = 1; okm.length < length; counter++) {
    block = createHmac(name, prk)
      .update(Buffer.concat([block, info, Buffer.from([counter])]))
      .digest();
    okm = Buffer.concat([okm, block]);
  }
  return okm.subarray(0, length);
}

const b64u = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
const number = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);

const NIST = {
  p256: { point: p256.Point, hasher: p256_hasher, name: "P256", hash: "sha256", block: 64 },
  p384: { point: p384.Point, hasher: p384_hasher, name: "P384", hash: "sha384", block: 128 },
  p521: { point: p521.Point, hasher: p521_hasher, name: "P521", hash: "sha512", block: 128 },
} as const;

/** What differs between the groups. */
function groupOf(curve: string) {
  const base = curve.replace("+mlkem768", "");
  if (base === "p256" || base === "p384" || base === "p521") {
    const { point, hasher, name, hash: hashName, block } = NIST[base];
    const dsi = `CPace${name}_XMD:${hashName.replace("sha", "SHA-")}_SSWU_NU_`;
    const toPoint = (gs: Uint8Array) => hasher.encodeToCurve(gs, { DST: `${dsi}_DST` });
    const scalar = (seed: Uint8Array): bigint => (number(seed) % (point.Fn.ORDER - 1n)) + 1n;
    return {
      dsi,
      hash: hashName,
      block,
      scalar,
      multiply: (gs: Uint8Array, by: bigint): Uint8Array => toPoint(gs).multiply(by).toBytes(false),
      secret: (share: Uint8Array, by: bigint): Uint8Array => {
        const whole = point.fromBytes(share).multiply(by).toBytes(false);
        return whole.subarray(1, (whole.length + 1) / 2);
      },
    };
  }
  const { Point } = ristretto255;
  const scalar = (seed: Uint8Array): bigint => (number(seed.toReversed()) % (Point.Fn.ORDER - 1n)) + 1n;
  return {
    dsi: "CPaceRistretto255",
    hash: "sha512",
    block: 128,
    scalar,
    multiply: (gs: Uint8Array, by: bigint): Uint8Array =>
      ristretto255_hasher.deriveToCurve!(hash("sha512", gs)).multiply(by).toBytes(),
    secret: (share: Uint8Array, by: bigint): Uint8Array => Point.fromBytes(share).multiply(by).toBytes(),
  };
}

/** Everything that a round makes, from everything that went into it. */
export function reference(secrets: Secrets) {
  const { curve, channel, words, sid, nS, kemSeed, kemMessage, capsA, capsB } = secrets;
  const group = groupOf(curve);
  const [ya, yb] = [group.scalar(secrets.yaSeed), group.scalar(secrets.ybSeed)];
  const CI = lv(P, curve, channel, "sender", "recipient");
  const zeros = Buffer.alloc(Math.max(0, group.block - 1 - lv(words).length - lv(group.dsi).length));
  const gs = lv(group.dsi, words, zeros, CI, sid);
  const [Ya, Yb] = [group.multiply(gs, ya), group.multiply(gs, yb)];
  const keys = kemSeed === undefined ? undefined : ml_kem768.keygen(kemSeed);
  const sent = keys && kemMessage && ml_kem768.encapsulate(keys.publicKey, kemMessage);
  const ek = keys?.publicKey ?? EMPTY;
  const ct = sent?.cipherText ?? EMPTY;
  const ss = sent?.sharedSecret ?? EMPTY;
  const commitment = hash("sha256", lv(P, "sas-commit", nS));
  const ADa = lv(ek, commitment, capsA);
  const ADb = lv(ct, capsB);
  const x = lv(sid, Ya, ADa);
  const y = lv(Yb, ADb);
  const K = group.secret(Yb, ya);
  const ISK = hash(group.hash, lv(`${group.dsi}_ISK`, sid, K), lv(Ya, ADa), lv(Yb, ADb));
  const TH = hash("sha512", lv(P, curve, channel, x, y));
  const prk = createHmac("sha512", `${P} extract`).update(lv(ss, ISK)).digest();
  const k = expand("sha512", prk, lv(P, "k", TH), 32);
  const derive = (label: string): Buffer => expand("sha256", k, lv(P, label, ""), 32);
  const hK = derive("h_k");
  const hhK = hash("sha256", lv(P, "hh_k", hK));
  const digits = String(number(expand("sha256", k, lv(P, "sas", nS), 3))).padStart(8, "0");
  return {
    ...{ ya, yb, CI, gs, Ya, Yb, ek, ct, ss, commitment, ADa, ADb, K, ISK, TH, prk, k },
    x: b64u(x),
    y: b64u(y),
    h_k_bytes: hK,
    h_k: b64u(hK),
    hh_k: b64u(hhK),
    key_s2r: derive("s2r"),
    key_r2s: derive("r2s"),
    SAS: `${digits.slice(0, 4)} ${digits.slice(4)}`,
  };
}
