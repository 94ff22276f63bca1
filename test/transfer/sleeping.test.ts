/** A machine that sleeps, on systems whose clock goes on meanwhile. */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { TransferEvent } from "../../src/transfer/events.js";
import { receiveFiles } from "../../src/transfer/receiving/receive.js";
import { sendFiles } from "../../src/transfer/sending/send.js";
import { fakeClock } from "../client/fake-clock.js";
import { agree, Rendezvous } from "./helpers/rendezvous.js";
import { scratch, snapshot } from "../helpers/scratch.js";

let session: Awaited<ReturnType<typeof agree>>;
beforeAll(async () => {
  session = await agree();
});

const NIGHT_MS = 8 * 3_600_000;

test.each(["sender", "recipient", "both"] as const)(
  "a night of the %s in the middle of a transfer costs no patience: the line is dead then, and is made again",
  async (who) => {
    await using place = await scratch();
    await writeFile(join(place.from, "big.bin"), randomBytes(600_000));
    const clocks = { sender: fakeClock(), recipient: fakeClock() };
    let bytes = 0;
    const rendezvous = new Rendezvous([session], (line) => ({
      tapA: (data, cut) => {
        if (line > 0 || (bytes += data.length) < 300_000) return data;
        if (who !== "recipient") clocks.sender.advance(NIGHT_MS);
        if (who !== "sender") clocks.recipient.advance(NIGHT_MS);
        cut();
        return data;
      },
    }));
    const events: TransferEvent[] = [];
    const common = {
      signal: new AbortController().signal,
      waitForPeerMs: 600_000,
      onEvent: (event: TransferEvent) => void events.push(event),
    };
    await Promise.all([
      sendFiles({
        ...common,
        exchange: rendezvous.sender,
        clock: clocks.sender,
        content: { paths: [join(place.from, "big.bin")] },
      }),
      receiveFiles({
        ...common,
        exchange: rendezvous.recipient,
        clock: clocks.recipient,
        out: place.to,
        umask: 0,
        consent: async () => ({ accept: true }),
      }),
    ]);
    expect(await snapshot(place.to)).toEqual(await snapshot(place.from));
    expect(rendezvous.lines).toHaveLength(2);
    const progress = events.filter((event) => event.event === "progress");
    expect(progress.length).toBeGreaterThan(0);
    for (const { rate, secondsLeft } of progress) {
      expect(rate).toBeGreaterThanOrEqual(0);
      expect(secondsLeft ?? 0).toBeGreaterThanOrEqual(0);
    }
  },
);
