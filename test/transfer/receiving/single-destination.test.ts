import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { type Sink, WritableSink } from "../../../src/transfer/receiving/single-destination.js";
import { receiveFiles } from "../../../src/transfer/receiving/receive.js";
import { sendFiles } from "../../../src/transfer/sending/send.js";
import { scratch } from "../../helpers/scratch.js";
import { agree, Rendezvous } from "../helpers/rendezvous.js";

const never = new AbortController().signal;

describe("a stream that bytes go into", () => {
  test("may keep what it was given, and answer before anybody has read it", async () => {
    const stream = new PassThrough();
    const memory = new Uint8Array([1, 2, 3]);
    await new WritableSink(stream).write(memory);
    memory.fill(0);
    expect(stream.read()).toEqual(Buffer.from([1, 2, 3]));
  });

  test("is given no copy if its answer means that the bytes are gone, and is waited for", async () => {
    const memory = new Uint8Array(3);
    const given: { buffer: unknown; answer: () => void }[] = [];
    const stream = new Writable({ write: ({ buffer }: Buffer, _, answer) => given.push({ buffer, answer }) });
    let isWritten = false;
    const written = new WritableSink(stream, { isLast: true }).write(memory).then(() => (isWritten = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect([given[0]?.buffer === memory.buffer, isWritten]).toEqual([true, false]);
    given[0]?.answer();
    await written;
  });
});

test("a file can go into something of the caller's own, which can take back what it has", async () => {
  const text = "x".repeat(100_000);
  let arrived = "";
  let resets = 0;
  const out: Sink = {
    write: async (bytes) => void (arrived += Buffer.from(bytes).toString()),
    reset: () => ((arrived = ""), resets++, true),
  };
  let bytes = 0;
  const rendezvous = new Rendezvous([await agree()], (line) => ({
    tapA: (data, cut) => ((bytes += data.length) > 60_000 && line === 0 && cut(), data),
  }));
  await using place = await scratch();
  const path = join(place.from, "a");
  await writeFile(path, text);
  const consent = async () => ({ accept: true }) as const;
  const results = await Promise.allSettled([
    sendFiles({ exchange: rendezvous.sender, content: { paths: [path] }, signal: never }),
    receiveFiles({ exchange: rendezvous.recipient, out, consent, signal: never }),
  ]);
  expect([results.map(({ status }) => status), arrived === text, resets]).toEqual([
    ["fulfilled", "fulfilled"],
    true,
    1,
  ]);
});
