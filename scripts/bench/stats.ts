/** The small mathematics of a benchmark. */

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const high = sorted[Math.floor(middle)] ?? Number.NaN;
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  return (low + high) / 2;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Jain's fairness index: 1 when all have the same, 1/n when one has all. */
export function jain(values: readonly number[]): number {
  const squares = sum(values.map((value) => value * value));
  return squares === 0 ? 0 : sum(values) ** 2 / (values.length * squares);
}

/** The smallest share, relative to the mean one. */
export function leastOfMean(values: readonly number[]): number {
  return Math.min(...values) / (sum(values) / values.length);
}
