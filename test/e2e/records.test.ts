/** Somebody on a real line to the stapler, who understands where records begin and end, but not the words. */
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { scratch, snapshot } from "../helpers/scratch.js";
import { RecordReader } from "./record-reader.js";
import { throughStapler } from "./through-stapler.js";

const CHUNK = 16_384;

/** What is done to record `at` of a direction; `held` keeps what comes later, `old` is the same record of the first line. */
type Attack = (
  record: Buffer,
  memory: { held: Buffer; readonly old: readonly Buffer[]; readonly at: number },
) => Buffer;

const ATTACKS: readonly (readonly [what: string, attack: Attack])[] = [
  ["dropped", () => Buffer.alloc(0)],
  ["doubled", (record) => Buffer.concat([record, record])],
  ["cut", (record) => record.subarray(0, -1)],
  ["changed in its last bit", (record) => flipped(record, record.length - 1)],
  ["changed in its first bit", (record) => flipped(record, 0)],
  [
    "swapped with the next",
    (record, memory) => {
      memory.held = record;
      return Buffer.alloc(0);
    },
  ],
  ["replayed from an earlier connection", (record, { old, at }) => old[at] ?? record],
];

function flipped(record: Buffer, at: number): Buffer {
  const changed = Buffer.from(record);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}

/** The records of the sender: a hello, a manifest, the chunks of the bodies, an end. Of the recipient: hello, accept, ack. */
const PLACES = [
  ...[0, 1, 2, 3, 6].map((at) => ["sender", at] as const),
  ...[0, 1, 2].map((at) => ["recipient", at] as const),
];

describe.each(ATTACKS)("a record that is %s", (what, attack) => {
  test.each(PLACES)(
    "from the %s, number %i, is noticed: what arrives is right all the same",
    { timeout: 40_000 },
    async (victim, at) => {
      await using place = await scratch();
      await mkdir(join(place.from, "tree"));
      for (const [name, bytes] of [
        ["a", 40_000],
        ["b", 20_000],
        ["c", 100],
      ] as const)
        await writeFile(join(place.from, "tree", name), randomBytes(bytes));
      const old: Buffer[] = [];
      // A replay needs a connection before the one that it is played into: that is recorded up to the wanted one, and broken.
      // What has arrived on it is not sent again, so only three records are sure to come on the next.
      const isReplay = what.startsWith("replayed");
      const [attacked, target] = isReplay ? [1, Math.min(at, 2)] : [0, at];
      let attacks = 0;
      const filters = (line: number) => {
        const reader = new RecordReader(CHUNK);
        const memory = { held: Buffer.alloc(0), old, at };
        let count = 0;
        const pass = (bytes: Buffer, cut: () => void): Buffer => {
          const out: Buffer[] = [];
          for (const { bytes: record, isRecord } of reader.push(bytes)) {
            if (!isRecord) {
              out.push(record);
              continue;
            }
            const number = count++;
            if (line < attacked) {
              old.push(record);
              if (number === at) setImmediate(cut);
              if (number < at) out.push(record);
              continue;
            }
            const isTarget = line === attacked && number === target;
            if (isTarget) attacks++;
            const passed = isTarget ? attack(record, memory) : record;
            out.push(passed);
            if (!isTarget && memory.held.length > 0) {
              out.push(memory.held);
              memory.held = Buffer.alloc(0);
            }
            // Where nothing more would come, the line breaks, so that somebody notices.
            if (isTarget && passed.length < record.length) setTimeout(cut, 100);
          }
          return Buffer.concat(out);
        };
        return { fromPeer: { pass } };
      };
      const [sent, received] = await throughStapler({
        from: join(place.from, "tree"),
        to: place.to,
        victim,
        filters,
        isReset: true,
        chunk: CHUNK,
        waitForPeerMs: 5_000,
      });
      expect({ attacks, received }).toEqual({ attacks: 1, received: "done" });
      expect(await snapshot(place.to)).toEqual(await snapshot(place.from));
      // Whose last word was tampered with may stay without a confirmation, never with a false one: it hangs up, and that
      // looks like having heard it.
      const isLastWord = victim === "recipient" && at === 2;
      expect(isLastWord ? ["done", "connection_lost"] : ["done"]).toContain(sent);
    },
  );
});

test(
  "somebody who changes the same record every time is called interference, and nothing stays",
  { timeout: 40_000 },
  async () => {
    await using place = await scratch();
    await writeFile(join(place.from, "a"), randomBytes(60_000));
    const filters = () => {
      const reader = new RecordReader(CHUNK);
      let count = 0;
      const pass = (bytes: Buffer): Buffer =>
        Buffer.concat(
          [...reader.push(bytes)].map((found) =>
            found.isRecord && count++ === 2 ? flipped(found.bytes, 100) : found.bytes,
          ),
        );
      return { fromPeer: { pass } };
    };
    const [, received] = await throughStapler({
      from: join(place.from, "a"),
      to: place.to,
      victim: "sender",
      filters,
      chunk: CHUNK,
      waitForPeerMs: 5_000,
    });
    expect(received).toBe("interfered");
    expect(await snapshot(place.to)).toEqual({});
  },
);
