import { Readable, Writable } from "node:stream";
import { expect, test } from "vitest";
import { receiveFiles } from "../../src/transfer/receiving/receive.js";
import { sendFiles } from "../../src/transfer/sending/send.js";
import { agree, Rendezvous } from "./helpers/rendezvous.js";

const TOTAL = 400 * 1024 * 1024;
const PIECE = 64 * 1024;

test("a stream of 400 MiB passes through both sides in bounded memory", async () => {
  const rendezvous = new Rendezvous([await agree(1_048_576)]);
  const signal = new AbortController().signal;
  let [given, taken] = [0, 0];
  /** Of the first half, and of all. */
  let [halfway, peak] = [0, 0];
  const stream = new Readable({
    read() {
      const bytes = Math.min(PIECE, TOTAL - given);
      given += bytes;
      this.push(bytes === 0 ? null : Buffer.alloc(bytes, given / PIECE));
    },
  });
  let isRight = true;
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (let at = 0; at < chunk.length; at += 4096) {
        const expected = Math.floor((taken + at) / PIECE + 1) & 0xff;
        isRight &&= chunk[at] === expected;
      }
      taken += chunk.length;
      peak = Math.max(peak, process.memoryUsage().rss);
      if (taken <= TOTAL / 2) halfway = peak;
      setImmediate(done);
    },
  });
  const before = process.memoryUsage().rss;
  const sending = sendFiles({ exchange: rendezvous.sender, content: { stream }, signal });
  const received = await receiveFiles({
    exchange: rendezvous.recipient,
    out,
    consent: async () => ({ accept: true }),
    signal,
  });
  await sending;
  expect([received.bytes, taken, isRight]).toEqual([TOTAL, TOTAL, true]);
  // Both sides, the line between them and the garbage of all three, of which engines let more or less gather. What
  // counts is that it does not grow with the stream: by less than one round of V8's collector, which comes after 64 MiB.
  expect(peak - halfway).toBeLessThan(64 * 1024 * 1024);
  expect(peak - before).toBeLessThan(TOTAL);
});
