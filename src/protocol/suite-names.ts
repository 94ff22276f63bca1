/**
 * What `curve` may name (PROTOCOL.md section 3). Only names: a relay checks `h_k` for these suites and must not load
 * a curve for it.
 */
export const SUITE_NAMES = ["ristretto255+mlkem768", "ristretto255", "p256+mlkem768", "p256", "p384", "p521"] as const;

export type SuiteName = (typeof SUITE_NAMES)[number];

/** Hybrid, so that traffic recorded today stays closed to a later quantum computer. */
export const DEFAULT_SUITE: SuiteName = "ristretto255+mlkem768";

export function isSuite(name: string): name is SuiteName {
  return SUITE_NAMES.some((known) => known === name);
}
