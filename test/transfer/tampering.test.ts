/** Somebody on the line, who does not know the words: whatever they do to the records, wrong data never arrives. */
import { writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { receiveFiles } from "../../src/transfer/receiving/receive.js";
import { sendFiles } from "../../src/transfer/sending/send.js";
import type { Tap } from "../helpers/stream-pair.js";
import { agree, type LineOptions, Rendezvous } from "./helpers/rendezvous.js";
import { problem, type Scratch, scratch, snapshot } from "../helpers/scratch.js";

let session: Awaited<ReturnType<typeof agree>>;
beforeAll(async () => {
  session = await agree();
});

const NOTHING = new Uint8Array(0);

/** What is done to the write at a place. `mirror` is the latest that went the other way. */
type Meddling = (at: number, mirror: () => Uint8Array) => Tap;

/** Applies `change` to one write; the line breaks behind it if nothing would show that something is missing. */
function once(at: number, change: (bytes: Uint8Array) => Uint8Array): Tap {
  let writes = 0;
  return (bytes, cut) => {
    if (writes++ !== at) return bytes;
    const changed = change(bytes);
    if (changed.length < bytes.length) setImmediate(cut);
    return changed;
  };
}

const flip =
  (offset: (bytes: Uint8Array) => number): Meddling =>
  (at) =>
    once(at, (bytes) => {
      const changed = bytes.slice();
      const place = offset(bytes);
      changed[place] = (changed[place] ?? 0) ^ 1;
      return changed;
    });

const MEDDLING: readonly (readonly [string, Meddling])[] = [
  ["a changed salt or length", flip(() => 0)],
  ["a changed commitment or byte", flip(({ length }) => Math.min(40, length - 1))],
  ["a changed tag", flip(({ length }) => length - 1)],
  ["a dropped record", (at) => once(at, () => NOTHING)],
  ["a doubled record", (at) => once(at, (bytes) => Buffer.concat([bytes, bytes]))],
  ["a record that is cut", (at) => once(at, (bytes) => bytes.subarray(0, -1))],
  [
    "a reflected record",
    (at, mirror) => once(at, (bytes) => (mirror().length === 0 ? new Uint8Array(bytes.length) : mirror())),
  ],
  [
    "swapped records",
    (at) => {
      let writes = 0;
      let held: Uint8Array = NOTHING;
      return (bytes, cut) => {
        if (writes++ === at) {
          held = bytes;
          setTimeout(cut, 50);
          return NOTHING;
        }
        const both = Buffer.concat([bytes, held]);
        held = NOTHING;
        return both;
      };
    },
  ],
];

async function offer(place: Scratch) {
  for (const name of ["a", "b", "c"]) await writeFile(join(place.from, name), randomBytes(20_000));
  return ["a", "b", "c"].map((name) => join(place.from, name));
}

async function transfer(place: Scratch, line: LineOptions) {
  const rendezvous = new Rendezvous([session], line);
  const signal = new AbortController().signal;
  const fate = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "arrived",
      (error: unknown) => problem(error).code,
    );
  const paths = await offer(place);
  const received = fate(
    receiveFiles({ exchange: rendezvous.recipient, out: place.to, consent: async () => ({ accept: true }), signal }),
  ).finally(() => rendezvous.desert());
  const sent = fate(sendFiles({ exchange: rendezvous.sender, content: { paths }, signal })).finally(() =>
    rendezvous.desert(),
  );
  return { sent: await sent, received: await received, lines: rendezvous.lines.length };
}

/** Taps for both ends of a line, of which one meddles. */
function meddle(meddling: Meddling, at: number, victim: "sender" | "recipient") {
  let [latestA, latestB]: Uint8Array[] = [NOTHING, NOTHING];
  const honestA: Tap = (bytes) => (latestA = bytes);
  const honestB: Tap = (bytes) => (latestB = bytes);
  return victim === "recipient"
    ? { tapA: meddling(at, () => latestB ?? NOTHING), tapB: honestB }
    : { tapA: honestA, tapB: meddling(at, () => latestA ?? NOTHING) };
}

// The sender writes hello, manifest, four or five chunks of bodies and end; the recipient hello, accept and ack.
const PLACES = [
  ...[0, 1, 2, 3, 4, 6].map((at) => [at, "recipient"] as const),
  ...[0, 1, 2].map((at) => [at, "sender"] as const),
];

describe.each(MEDDLING)("%s", (_what, meddling) => {
  test.each(PLACES)(
    "in place %i on its way to the %s is noticed, and the next connection brings everything",
    async (at, victim) => {
      await using place = await scratch();
      const { sent, received, lines } = await transfer(place, (line) =>
        line === 0 ? meddle(meddling, at, victim) : {},
      );
      expect(received).toBe("arrived");
      expect(await snapshot(place.to)).toEqual(await snapshot(place.from));
      // A tampered ack, or what follows it, may leave the sender alone with an unfinished transfer: never with a false one.
      expect(lines).toBeGreaterThan(0);
      expect(["arrived", "connection_lost"]).toContain(sent);
    },
  );
});

test("somebody who does it a third time is called by name, and nothing stays", async () => {
  await using place = await scratch();
  const { received } = await transfer(place, () =>
    meddle(
      flip(({ length }) => length - 1),
      2,
      "recipient",
    ),
  );
  expect(received).toBe("interfered");
  expect(await snapshot(place.to)).toEqual({});
});

test("a sender sees it too", async () => {
  await using place = await scratch();
  const { sent } = await transfer(place, () =>
    meddle(
      flip(({ length }) => length - 1),
      1,
      "sender",
    ),
  );
  expect(sent).toBe("interfered");
});

test("an old connection played back brings nothing", async () => {
  await using place = await scratch();
  const old: Uint8Array[] = [];
  const { received, sent } = await transfer(place, (line) => {
    if (line === 0) return { tapA: (bytes, cut) => (old.push(bytes) === 4 && setImmediate(cut), bytes) };
    if (line > 1) return {};
    let writes = 0;
    return { tapA: () => old[writes++] ?? NOTHING };
  });
  expect([received, sent]).toEqual(["arrived", "arrived"]);
  expect(await snapshot(place.to)).toEqual(await snapshot(place.from));
});
