import { utf8 } from "./bytes.js";
import { element, type Encoding, type Group, type NoblePoint } from "./group.js";
import { hash, type HashName } from "./hashes.js";
import type { Kem } from "./hybrid.js";
import type { SuiteName } from "./suite-names.js";

/**
 * What a name in `curve` stands for. Libraries come by dynamic import and only those that the name needs: the curves
 * and ML-KEM are most of what a command line would load at its start.
 */
export interface Suite {
  readonly name: SuiteName;
  readonly group: Group;
  /** Only with `+mlkem768`. */
  readonly kem: Kem | undefined;
}

type Base = "ristretto255" | "p256" | "p384" | "p521";
type Nist = Exclude<Base, "ristretto255">;

const TABLE: Record<SuiteName, { readonly base: Base; readonly hybrid: boolean }> = {
  "ristretto255+mlkem768": { base: "ristretto255", hybrid: true },
  ristretto255: { base: "ristretto255", hybrid: false },
  "p256+mlkem768": { base: "p256", hybrid: true },
  p256: { base: "p256", hybrid: false },
  p384: { base: "p384", hybrid: false },
  p521: { base: "p521", hybrid: false },
};

/** Loads the libraries of one suite. Cheap when they are loaded already. */
export async function loadSuite(name: SuiteName): Promise<Suite> {
  const { base, hybrid } = TABLE[name];
  const [group, kem] = await Promise.all([
    base === "ristretto255" ? ristretto255() : nist(base),
    hybrid ? import("./hybrid.js").then(({ mlKem768 }) => mlKem768) : undefined,
  ]);
  return { name, group, kem };
}

async function ristretto255(): Promise<Group> {
  const [{ ristretto255, ristretto255_hasher }, scalarFrom] = await Promise.all([
    import("@noble/curves/ed25519.js"),
    scalars(),
  ]);
  const { Point } = ristretto255;
  type RistrettoPoint = typeof Point.BASE;
  const derive = (uniform: Uint8Array): RistrettoPoint => {
    const point = ristretto255_hasher.deriveToCurve?.(uniform);
    if (point === undefined) throw new Error("@noble/curves has no ristretto255 derivation");
    return point;
  };
  const toBytes = (point: RistrettoPoint): Uint8Array => point.toBytes();
  const encoding: Encoding<RistrettoPoint> = { toShare: toBytes, toSecret: toBytes };
  return {
    dsi: "CPaceRistretto255",
    hash: "sha512",
    blockBytes: 128,
    shareBytes: 32,
    ...scalarFrom(Point.Fn.ORDER, "little-endian"),
    generator: (generatorString) => element(derive(hash("sha512", generatorString)), encoding),
    fromShare: (share) => decode(() => Point.fromBytes(share), encoding),
  };
}

/** CPace draft 21 section 7.4: uncompressed points, K is x alone, and the encode_to_curve (NU) map of RFC 9380. */
async function nist(base: Nist): Promise<Group> {
  const [curves, scalarFrom] = await Promise.all([import("@noble/curves/nist.js"), scalars()]);
  const hashes: Record<Nist, { readonly name: string; readonly hash: HashName; readonly blockBytes: number }> = {
    p256: { name: "P256_XMD:SHA-256", hash: "sha256", blockBytes: 64 },
    p384: { name: "P384_XMD:SHA-384", hash: "sha384", blockBytes: 128 },
    p521: { name: "P521_XMD:SHA-512", hash: "sha512", blockBytes: 128 },
  };
  const { name, hash, blockBytes } = hashes[base];
  const dsi = `CPace${name}_SSWU_NU_`;
  const DST = utf8(`${dsi}_DST`);
  const { Point } = curves[base];
  const hasher = curves[`${base}_hasher`];
  type NistPoint = typeof Point.BASE;
  const coordinateBytes = Point.Fp.BYTES;
  const shareBytes = 1 + 2 * coordinateBytes;
  const encoding: Encoding<NistPoint> = {
    toShare: (point) => point.toBytes(false),
    toSecret: (point) => point.toBytes(false).slice(1, 1 + coordinateBytes),
  };
  return {
    dsi,
    hash,
    blockBytes,
    shareBytes,
    ...scalarFrom(Point.Fn.ORDER, "big-endian"),
    generator: (generatorString) => element(hasher.encodeToCurve(generatorString, { DST }), encoding),
    fromShare: (share) => {
      // The library takes compressed points too; a share has one form.
      if (share.length !== shareBytes || share[0] !== 0x04) return undefined;
      return decode(() => Point.fromBytes(share), encoding);
    },
  };
}

/** The library throws for what is not a point, each case with another error class; here all of them are one refusal. */
function decode<Point extends NoblePoint<Point>>(
  read: () => Point,
  encoding: Encoding<Point>,
): ReturnType<Group["fromShare"]> {
  let point: Point;
  try {
    point = read();
  } catch {
    return undefined;
  }
  return element(point, encoding);
}

type ScalarPart = Pick<Group, "scalarSeedBytes" | "scalar">;

async function scalars(): Promise<(order: bigint, endian: "little-endian" | "big-endian") => ScalarPart> {
  const { getMinHashLength, mapHashToField } = await import("@noble/curves/abstract/modular.js");
  const { bytesToNumberBE, bytesToNumberLE } = await import("@noble/curves/utils.js");
  return (order, endian) => {
    const isLittle = endian === "little-endian";
    const toNumber = isLittle ? bytesToNumberLE : bytesToNumberBE;
    return {
      scalarSeedBytes: getMinHashLength(order),
      scalar: (seed) => {
        const bytes = mapHashToField(seed, order, isLittle);
        const scalar = toNumber(bytes);
        bytes.fill(0);
        return scalar;
      },
    };
  };
}
