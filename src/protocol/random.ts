/** @returns that many bytes from a cryptographic generator; the array is used up and overwritten */
export type RandomBytes = (length: number) => Uint8Array;

/** The randomness that every platform has: Node and browsers alike. */
export const platformRandom: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));
