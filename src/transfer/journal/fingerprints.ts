import { hash } from "node:crypto";
import type { BigIntStats } from "node:fs";

/** What makes two versions of one file different, as far as a list says. */
export interface Version {
  /** In the transfer. */
  readonly path: string;
  readonly size: number | null;
  /** Milliseconds since 1970. */
  readonly mtime?: number | undefined;
}

export const FINGERPRINT_BYTES = 8;

/**
 * 64 bits that stand for a version of a file. Enough to tell apart what one sender has in one folder; nothing rests on them
 * alone, since what is on the disk is compared too.
 */
export function fingerprintOf({ path, size, mtime }: Version): Uint8Array {
  return hash("sha256", `${path}\0${size ?? ""}\0${mtime ?? ""}`, "buffer").subarray(0, FINGERPRINT_BYTES);
}

/**
 * Stands for one file on the disk, as it was when it was looked at: a copy of it has another number, and an edited one
 * another time. Of devices only the number is left out, which a restart of the machine may change.
 *
 * @param path in the transfer
 */
export function fileFingerprint(path: string, { ino, size, mtimeNs }: BigIntStats): Uint8Array {
  return hash("sha256", `${path}\0${size}\0${mtimeNs}\0${ino}`, "buffer").subarray(0, FINGERPRINT_BYTES);
}

/** As `fingerprintOf`, of a name alone. */
export function nameFingerprint(name: string): Uint8Array {
  return hash("sha256", name, "buffer").subarray(0, FINGERPRINT_BYTES);
}

const FIRST_SLOTS = 64;

/** A set of fingerprints in 16 to 32 bytes each: a transfer may have a million files. */
export class FingerprintSet {
  /** Pairs of 32 bits; 0, 0 is a free slot. */
  #slots = new Uint32Array(2 * FIRST_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(fingerprint: Uint8Array): void {
    if ((this.#size + 1) * 2 > this.#slots.length / 2) this.#grow();
    const [high, low] = wordsOf(fingerprint);
    this.#put(high, low);
  }

  has(fingerprint: Uint8Array): boolean {
    const [high, low] = wordsOf(fingerprint);
    const at = this.#find(high, low);
    return this.#slots[at] === high && this.#slots[at + 1] === low;
  }

  #put(high: number, low: number): void {
    const at = this.#find(high, low);
    if (this.#slots[at] === high && this.#slots[at + 1] === low) return;
    this.#slots[at] = high;
    this.#slots[at + 1] = low;
    this.#size++;
  }

  /** Where it is, or would be. */
  #find(high: number, low: number): number {
    const mask = this.#slots.length / 2 - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const [a, b] = [this.#slots[2 * slot], this.#slots[2 * slot + 1]];
      if ((a === high && b === low) || (a === 0 && b === 0)) return 2 * slot;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    this.#size = 0;
    for (let at = 0; at < old.length; at += 2) {
      const [high = 0, low = 0] = [old[at], old[at + 1]];
      if (high !== 0 || low !== 0) this.#put(high, low);
    }
  }
}

function wordsOf(fingerprint: Uint8Array): readonly [high: number, low: number] {
  const view = new DataView(fingerprint.buffer, fingerprint.byteOffset, FINGERPRINT_BYTES);
  // One in 2^64 is moved aside, so that a free slot can be told.
  return [view.getUint32(0), view.getUint32(4) || 1];
}
