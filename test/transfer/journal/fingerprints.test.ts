import { expect, test } from "vitest";
import { FingerprintSet, fingerprintOf } from "../../../src/transfer/journal/fingerprints.js";

test("a set holds what was put in and nothing else, also when it is large", () => {
  const set = new FingerprintSet();
  const version = (n: number) => fingerprintOf({ path: `folder/file ${n}`, size: n, mtime: 1_700_000_000_000 });
  for (let n = 0; n < 20_000; n += 2) set.add(version(n));
  for (let n = 0; n < 20_000; n += 2) set.add(version(n));
  expect(set.size).toBe(10_000);
  for (let n = 0; n < 20_000; n++) expect(set.has(version(n))).toBe(n % 2 === 0);
});

test.each([
  ["another path", { path: "b", size: 1, mtime: 2 }],
  ["another size", { path: "a", size: 2, mtime: 2 }],
  ["another time", { path: "a", size: 1, mtime: 3 }],
  ["no time", { path: "a", size: 1 }],
])("%s is another version", (_what, version) => {
  expect(fingerprintOf(version)).not.toEqual(fingerprintOf({ path: "a", size: 1, mtime: 2 }));
});

test("fingerprints that are zero in part or in whole are told apart", () => {
  const set = new FingerprintSet();
  set.add(new Uint8Array(8));
  expect(set.has(new Uint8Array(8))).toBe(true);
  expect(set.has(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 2))).toBe(false);
});
