import { createHash, randomFillSync } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { seeded } from "../helpers/seeded.js";
import { throughStapler } from "./through-stapler.js";

export interface LossOptions {
  /** Whose line to the stapler breaks. */
  readonly victim: "sender" | "recipient";
  readonly bytes: number;
  /** Bytes between two losses, on average. */
  readonly every: number;
  readonly seed: number;
  /** Where the files are; the system's place for such things without it. */
  readonly folder?: string;
}

export interface LossRun {
  readonly outcome: readonly [string, string];
  readonly losses: number;
  /** Bytes that the proxy has handed on towards the recipient, of the bytes of the file. */
  readonly ratio: number;
  readonly isSame: boolean;
}

/** Sends one file over a line that breaks at random, both ends at once. */
export async function lossRun({ victim, bytes, every, seed, folder = tmpdir() }: LossOptions): Promise<LossRun> {
  const path = await mkdtemp(join(folder, "duet-losses-"));
  try {
    const [from, to] = [join(path, "big.bin"), join(path, "to")];
    await mkdir(to);
    await makeFile(from, bytes);
    const random = seeded(seed);
    const count = { carried: 0, losses: 0 };
    const breaking = () => {
      // From half to one and a half of the average.
      let left = every * (0.5 + random());
      return {
        pass: (data: Buffer, cut: () => void): Buffer => {
          count.carried += data.length;
          const isLost = left > 0 && (left -= data.length) <= 0;
          if (isLost) {
            count.losses++;
            setImmediate(cut);
          }
          return data;
        },
      };
    };
    const filters = () => (victim === "sender" ? { fromPeer: breaking() } : { toPeer: breaking() });
    const outcome = await throughStapler({ from, to, victim, filters });
    const isSame = (await sha256(from)) === (await sha256(join(to, "big.bin")).catch(() => ""));
    return { outcome, losses: count.losses, ratio: count.carried / bytes, isSame };
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

const BLOCK = 4 * 1024 * 1024;

async function makeFile(path: string, bytes: number): Promise<void> {
  await using file = await open(path, "wx");
  const block = new Uint8Array(BLOCK);
  for (let at = 0; at < bytes; at += BLOCK) await file.write(randomFillSync(block), 0, Math.min(BLOCK, bytes - at));
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
