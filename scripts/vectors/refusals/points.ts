/** Shares that are no points, not canonical, or the identity (rule 2). */
import type { Group } from "../../../src/protocol/group.js";
import { present } from "../values.js";

type Named = readonly [name: string, share: Uint8Array];

/** 2^255 - 19. */
const RISTRETTO_P = 2n ** 255n - 19n;

/** @param share a good one, to be changed */
export function badShares(group: Group, share: Uint8Array): readonly Named[] {
  const bad = group.shareBytes === 32 ? badRistretto(group, share) : badNist(group, share);
  for (const [name, bytes] of bad) if (group.fromShare(bytes) !== undefined) throw new Error(`${name}: it is taken`);
  return bad;
}

function badRistretto(group: Group, share: Uint8Array): readonly Named[] {
  const value = BigInt(`0x${Buffer.from(share.toReversed()).toString("hex")}`);
  return [
    ["the identity, 32 bytes of zero", new Uint8Array(32)],
    ["the identity, not reduced: the prime itself", littleEndian(RISTRETTO_P)],
    ["a share with its highest bit set", share.map((byte, at) => (at === 31 ? byte | 0x80 : byte))],
    ["a share whose field element is negative (odd)", littleEndian(RISTRETTO_P - value)],
    ["the field element 1", littleEndian(1n)],
    ["the greatest field element, which no point has", littleEndian(RISTRETTO_P - 1n)],
    ["an even field element that is no point", noPoint(group)],
    ["32 bytes of ff", new Uint8Array(32).fill(0xff)],
  ];
}

/** The least even field element from 2 on that no point has. */
function noPoint(group: Group): Uint8Array {
  for (let value = 2n; ; value += 2n) {
    const bytes = littleEndian(value);
    if (group.fromShare(bytes) === undefined) return bytes;
  }
}

function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(64, "0"), "hex").toReversed());
}

/** @param share 04 ‖ x ‖ y */
function badNist(group: Group, share: Uint8Array): readonly Named[] {
  const length = (share.length - 1) / 2;
  const [x, y] = [share.subarray(1, 1 + length), share.subarray(1 + length)];
  const isOdd = present(y.at(-1)) & 1;
  const with0 = (first: number, ...rest: readonly Uint8Array[]): Uint8Array =>
    Uint8Array.from([first, ...rest.flatMap((part) => [...part])]);
  return [
    ["the same point compressed", with0(2 + isOdd, x)],
    ["the same point in the hybrid form, 06 or 07", with0(6 + isOdd, x, y)],
    ["a first byte of 05", with0(5, x, y)],
    ["the point at infinity as one byte", Uint8Array.of(0)],
    ["the point at infinity, filled up with zeros", new Uint8Array(group.shareBytes)],
    ["coordinates of zero", with0(4, new Uint8Array(2 * length))],
    ["a point that is not on the curve", share.map((byte, at) => (at === share.length - 1 ? byte ^ 1 : byte))],
    ["coordinates beyond the field", with0(4, new Uint8Array(2 * length).fill(0xff))],
  ];
}
