import type { HashName } from "./hashes.js";

/**
 * What CPace needs of a prime-order group, as functions over bytes, so that nothing outside `suites.ts` knows a
 * library. Elements are wrapped: one that cannot be used (identity, not canonical) never becomes an `Element`.
 */

/** A point that is not the identity. */
export interface Element {
  /** As it goes into x or y: the canonical 32 bytes of ristretto255, 04‖x‖y of a NIST curve. */
  toShare(): Uint8Array;
  /** As it goes into ISK: the same 32 bytes, or x alone of a NIST curve. */
  toSecret(): Uint8Array;
  /** @param scalar from 1 to order-1 @returns undefined when the product is the identity */
  multiply(scalar: bigint): Element | undefined;
}

/** One line of the table in PROTOCOL.md section 3. */
export interface Group {
  /** Domain separation of CPace draft 21, section 7. */
  readonly dsi: string;
  readonly hash: HashName;
  /** The input block of `hash`, which zero-padding fills so that the words are hashed in a block of their own. */
  readonly blockBytes: number;
  readonly shareBytes: number;
  /** How many uniform bytes make one scalar: half as many again as the order has, so that no bias is left. */
  readonly scalarSeedBytes: number;
  /** @param seed `scalarSeedBytes` uniform bytes @returns uniform in 1 … order-1 (FIPS 186-5, A.2.1) */
  scalar(seed: Uint8Array): bigint;
  /** @returns `calculate_generator`'s last step: the element that the generator string maps to */
  generator(generatorString: Uint8Array): Element | undefined;
  /** @returns undefined for what is not the canonical form of a point, and for the identity */
  fromShare(share: Uint8Array): Element | undefined;
}

/** The part of noble's point classes that is used here. */
export interface NoblePoint<Point> {
  multiply(scalar: bigint): Point;
  is0(): boolean;
  toBytes(isCompressed?: boolean): Uint8Array;
}

/** How the points of one group are written. */
export interface Encoding<Point> {
  toShare(point: Point): Uint8Array;
  toSecret(point: Point): Uint8Array;
}

/** @returns undefined for the identity, the one point that would give every pair of peers the same K */
export function element<Point extends NoblePoint<Point>>(point: Point, encoding: Encoding<Point>): Element | undefined {
  if (point.is0()) return undefined;
  return {
    toShare: () => encoding.toShare(point),
    toSecret: () => encoding.toSecret(point),
    multiply: (scalar) => element(point.multiply(scalar), encoding),
  };
}
