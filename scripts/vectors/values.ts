/** What all parts of the vectors are made with. */
import { createHash } from "node:crypto";
import { hex } from "../../src/protocol/bytes.js";
import type { RandomBytes } from "../../src/protocol/random.js";

export type Values = Readonly<Record<string, string | number>>;

/** Bytes that are the same in every run, and a copy of each draw: the runs overwrite what they have drawn. */
export function recording(label: string): { readonly random: RandomBytes; readonly drawn: Uint8Array[] } {
  const drawn: Uint8Array[] = [];
  const random: RandomBytes = (length) => {
    const shake = createHash("shake256", { outputLength: length });
    const bytes = Uint8Array.from(shake.update(`duet/1 vector, ${label}, draw ${drawn.length}`).digest());
    drawn.push(bytes.slice());
    return bytes;
  };
  return { random, drawn };
}

export function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("a vector cannot be made");
  return value;
}

/** Byte strings as hexadecimal, texts and numbers as they are, what is absent left out. */
export function shown(values: Readonly<Record<string, Uint8Array | string | number | undefined>>): Values {
  const entries = Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return [[name, value instanceof Uint8Array ? hex(value) : value] as const];
  });
  return Object.fromEntries(entries);
}
