/** What the tests of this folder share: outside vectors, bytes that are the same in every run, whole exchanges. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { parseCode } from "../../src/protocol/code-phrase.js";
import { startRecipient, startSender } from "../../src/protocol/handshake.js";
import { type Manifest, type ManifestEntry, ManifestReader } from "../../src/protocol/manifest.js";
import type { ChannelName } from "../../src/protocol/names.js";
import { DuetError, type ProblemCode } from "../../src/protocol/problem.js";
import type { RandomBytes } from "../../src/protocol/random.js";
import type { HandshakeOptions } from "../../src/protocol/run.js";
import type { Secret } from "../../src/protocol/secret.js";
import type { SuiteName } from "../../src/protocol/suite-names.js";

export const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
export const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

/** A file of `test/vectors`. They are committed: a shape that is not as the caller says fails the test that reads it. */
export function vectors(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), "utf8"));
}

/** @throws when it is absent, which a committed vector never is */
export function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("not in the vectors");
  return value;
}

/** Bytes that look random and are the same in every run. */
export function repeatable(label: string): RandomBytes {
  let draw = 0;
  return (length) => {
    const shake = createHash("shake256", { outputLength: Math.max(1, length) }).update(`${label} ${draw++}`);
    return Uint8Array.from(shake.digest().subarray(0, length));
  };
}

/** Gives out what a vector says, and fails when another length is asked for than comes next. */
export function scripted(draws: readonly Uint8Array[]): RandomBytes {
  const left = [...draws];
  return (length) => {
    const next = left.shift();
    expect(next?.length).toBe(length);
    return Uint8Array.from(next ?? []);
  };
}

export const CODE: { readonly channel: ChannelName; readonly secret: Secret } = parseCode("4821-cactus-lemon-violin");
export const OTHER_CODE: { readonly channel: ChannelName; readonly secret: Secret } =
  parseCode("4821-cactus-lemon-visa");

/** Both sides of one round up to the tags. */
export async function round(
  curve: SuiteName,
  sender: Partial<HandshakeOptions> = {},
  recipient: Partial<HandshakeOptions> = {},
) {
  const senderRun = await startSender({ ...CODE, curve, ...sender });
  const recipientRun = await startRecipient({ ...CODE, curve, ...recipient, x: senderRun.x });
  return { senderRun, recipientRun };
}

/** A whole round that succeeds. */
export async function agreedRound(curve: SuiteName = "ristretto255", options: Partial<HandshakeOptions> = {}) {
  const { senderRun, recipientRun } = await round(curve, options, options);
  const sender = senderRun.finish(recipientRun.y, recipientRun.hhK);
  return { sender, recipient: recipientRun.confirm(sender.hK) };
}

/** What `expect(…).toThrow` takes to compare the code, the only part of an error that may be relied on. */
export function problem(
  code: ProblemCode,
  more: Readonly<Record<string, unknown>> = {},
): { readonly code: ProblemCode } {
  // A matcher, which vitest has no better type for than any.
  return expect.objectContaining({ code, ...more }) as { readonly code: ProblemCode };
}

/** The same bytes with one bit changed. */
export function flipped(original: Uint8Array, bit: number): Uint8Array {
  return original.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
}

/** @returns what `action` threw; another error than ours is thrown on */
export function thrown(action: () => unknown): DuetError {
  try {
    action();
  } catch (error) {
    if (error instanceof DuetError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** @returns what `action` returned, or the code of the `DuetError` that it threw; another error is thrown on */
export function outcome<Result>(action: () => Result): Result | ProblemCode {
  try {
    return action();
  } catch (error) {
    if (error instanceof DuetError) return error.code;
    throw error;
  }
}

/** A manifest reader that keeps its entries as an array. */
export function collectingReader(): {
  push(plaintext: Uint8Array): void;
  finish(): Manifest & { entries: readonly ManifestEntry[] };
} {
  const entries: ManifestEntry[] = [];
  const reader = new ManifestReader({ add: (entry) => void entries.push(entry) });
  return { push: (plaintext) => reader.push(plaintext), finish: () => ({ head: reader.finish(), entries }) };
}
