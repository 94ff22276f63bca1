/** What happens between two people: consent, digits, losses, and changes of mind. */
import { randomBytes } from "node:crypto";
import { truncateSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { DuetError, PROBLEMS } from "../../src/protocol/problem.js";
import { endingWell } from "../../src/transfer/connection/endings.js";
import type { TransferEvent } from "../../src/transfer/events.js";
import { problemOf } from "../../src/transfer/connection/peer-errors.js";
import { receiveFiles } from "../../src/transfer/receiving/receive.js";
import type { ReceiveOptions } from "../../src/transfer/receiving/receive-options.js";
import { sendFiles, type SendOptions } from "../../src/transfer/sending/send.js";
import { openSource } from "../../src/transfer/sending/source.js";
import { agree, type LineOptions, Rendezvous } from "./helpers/rendezvous.js";
import { problem, scratch, snapshot } from "../helpers/scratch.js";
import { WirePeer } from "./helpers/wire-peer.js";

type Key = Awaited<ReturnType<typeof agree>>;
let keys: readonly [Key, Key, Key, Key];
beforeAll(async () => {
  keys = [await agree(), await agree(), await agree(), await agree()];
});

const yes = async () => ({ accept: true }) as const;
const never = new AbortController().signal;

interface Play {
  readonly send?: Partial<SendOptions>;
  readonly receive?: Partial<ReceiveOptions>;
  readonly line?: LineOptions;
}

/** Both sides, with what each told while it ran, and how each ended. */
function play(
  content: SendOptions["content"],
  out: ReceiveOptions["out"],
  { send = {}, receive = {}, line }: Play = {},
) {
  const rendezvous = new Rendezvous(keys, line);
  const events: { sender: TransferEvent[]; recipient: TransferEvent[] } = { sender: [], recipient: [] };
  const code = (error: DuetError): { code: string; message: string } => ({ code: error.code, message: error.message });
  const sent = sendFiles({
    exchange: rendezvous.sender,
    content,
    signal: never,
    ...send,
    onEvent: (event) => (events.sender.push(event), send.onEvent?.(event)),
  });
  const received = receiveFiles({
    exchange: rendezvous.recipient,
    out,
    consent: yes,
    umask: 0,
    signal: never,
    ...receive,
    onEvent: (event) => (events.recipient.push(event), receive.onEvent?.(event)),
  });
  return { rendezvous, events, sent: sent.catch(code), received: received.catch(code) };
}

async function threeFiles(folder: string, size = 50_000): Promise<string[]> {
  const paths = ["a", "b", "c"].map((name) => join(folder, name));
  for (const path of paths) await writeFile(path, randomBytes(size));
  return paths;
}

/** Breaks the line behind so many bytes from the sender. */
const cutAfter = (limit: number) => {
  let bytes = 0;
  return (data: Uint8Array, cut: () => void): Uint8Array => {
    bytes += data.length;
    if (bytes > limit) cut();
    return data;
  };
};

describe("consent", () => {
  test("is asked with the whole list, before anything is written or made", async () => {
    await using place = await scratch();
    const out = join(place.path, "new folder");
    const offers: unknown[] = [];
    const { sent, received } = play({ paths: await threeFiles(place.from) }, out, {
      receive: {
        consent: async (offer) => {
          offers.push([
            offer.kind,
            offer.files,
            offer.bytes,
            offer.into,
            [...offer.entries].map(({ path }, index) => [path, offer.savedAs(index)]),
          ]);
          expect(await readdir(place.path)).toEqual(["from", "to"]);
          expect(offer.freeBytes).toBeGreaterThan(0);
          return { accept: true };
        },
      },
    });
    await Promise.all([sent, received]);
    expect(offers).toEqual([
      [
        "files",
        3,
        150_000,
        out,
        [
          ["a", "a"],
          ["b", "b"],
          ["c", "c"],
        ],
      ],
    ]);
    expect(await snapshot(out)).toEqual(await snapshot(place.from));
  });

  test("that is refused leaves nothing, and the sender is told why", async () => {
    await using place = await scratch();
    const { sent, received, rendezvous } = play({ paths: await threeFiles(place.from) }, join(place.path, "new"), {
      receive: { consent: async () => ({ accept: false, reason: "no more\u001b[2J holiday photos" }) },
    });
    expect(await sent).toEqual({ code: "declined", message: "the other side: no more[2J holiday photos" });
    expect(await received).toMatchObject({ code: "declined" });
    expect(await readdir(place.path)).toEqual(["from", "to"]);
    expect(rendezvous.closes.map(({ reason }) => reason)).toContain("declined");
  });

  test("is taken back when the sender goes away meanwhile", async () => {
    await using place = await scratch();
    const stop = new AbortController();
    let withdrawn = false;
    const { sent, received } = play({ paths: await threeFiles(place.from) }, place.to, {
      send: { signal: stop.signal },
      receive: {
        consent: (_offer, signal) => {
          stop.abort();
          signal.addEventListener("abort", () => (withdrawn = true));
          return new Promise(() => {});
        },
      },
    });
    expect([await sent, await received]).toMatchObject([{ code: "interrupted" }, { code: "cancelled" }]);
    expect(withdrawn).toBe(true);
  });

  test("is not asked again when the line breaks while the person thinks", async () => {
    await using place = await scratch();
    let asked = 0;
    let connections = 0;
    let isBack = (): void => {};
    const back = new Promise<void>((resolve) => {
      isBack = resolve;
    });
    const { sent, received, rendezvous } = play({ paths: await threeFiles(place.from) }, place.to, {
      receive: {
        consent: async () => {
          asked++;
          rendezvous.lines[0]?.[0].cut();
          await back;
          return { accept: true };
        },
        onEvent: ({ event }) => event === "connected" && ++connections === 2 && isBack(),
      },
    });
    expect([await sent, await received]).toMatchObject([{ files: 3 }, { files: 3 }]);
    expect([asked, rendezvous.lines.length]).toEqual([1, 2]);
  });
});

describe("a line that breaks", () => {
  test.each([10, 300, 2_000, 40_000, 60_000, 149_000, 151_000])(
    "behind %i bytes is made again, and brings what was missing",
    async (limit) => {
      await using place = await scratch();
      let second = 0;
      const { sent, received, events } = play({ paths: await threeFiles(place.from) }, place.to, {
        line: (line) =>
          line === 0 ? { tapA: cutAfter(limit) } : { tapA: (bytes) => ((second += bytes.length), bytes) },
      });
      expect([await sent, await received]).toMatchObject([
        { files: 3, bytes: 150_000 },
        { files: 3, bytes: 150_000 },
      ]);
      expect(await snapshot(place.to)).toEqual(await snapshot(place.from));
      expect(events.recipient.map(({ event }) => event)).toContain("reconnecting");
      // What the recipient has is not sent again.
      const again = events.recipient.findLastIndex(({ event }) => event === "accepted");
      const [kept] = events.recipient.slice(again).flatMap((each) => (each.event === "progress" ? [each.bytes] : []));
      expect(kept).toBeGreaterThanOrEqual(limit > 100_000 ? 50_000 : 0);
      expect(second).toBeLessThan(150_000 - (kept ?? 0) + 20_000);
    },
  );

  test("again and again is made again and again", async () => {
    await using place = await scratch();
    const { sent, received, rendezvous } = play({ paths: await threeFiles(place.from) }, place.to, {
      line: (line) => (line < 6 ? { tapA: cutAfter(20_000 + 20_000 * line) } : {}),
    });
    expect([await sent, await received]).toMatchObject([{ files: 3 }, { files: 3 }]);
    expect(rendezvous.lines.length).toBeGreaterThan(3);
    expect(await snapshot(place.to)).toEqual(await snapshot(place.from));
  });

  test("for good ends in connection_lost on both sides, leaves no part, and leaves the channel for another start", async () => {
    await using place = await scratch();
    const { sent, received, rendezvous } = play({ paths: await threeFiles(place.from) }, place.to, {
      line: () => ({
        tapA: (bytes, cut) => {
          if (bytes.length > 10_000) {
            rendezvous.desert();
            cut();
          }
          return bytes;
        },
      }),
    });
    expect([await sent, await received]).toMatchObject([{ code: "connection_lost" }, { code: "connection_lost" }]);
    expect(await snapshot(place.to)).toEqual({});
    expect(rendezvous.closes).toEqual([]);
  });

  test("with its round goes on in the next one, with another key", async () => {
    await using place = await scratch();
    let asked = 0;
    const { sent, received, rendezvous } = play({ paths: await threeFiles(place.from) }, place.to, {
      receive: { consent: async () => (asked++, { accept: true }) },
      line: (line) => ({
        tapA: (bytes, cut) => {
          if (line === 0 && rendezvous.round === 0 && bytes.length > 10_000) {
            rendezvous.endRound();
            cut();
          }
          return bytes;
        },
      }),
    });
    expect([await sent, await received]).toMatchObject([{ files: 3 }, { files: 3 }]);
    expect([asked, rendezvous.round]).toEqual([1, 1]);
  });

  test("under the ack has it said again", async () => {
    await using place = await scratch();
    const { sent, received, rendezvous } = play({ paths: await threeFiles(place.from) }, place.to, {
      line: (line) => {
        let writes = 0;
        return line > 0 ? {} : { tapB: (bytes, cut) => (writes++ === 2 && cut(), bytes) };
      },
    });
    expect([await sent, await received]).toMatchObject([{ files: 3 }, { files: 3 }]);
    expect(rendezvous.lines).toHaveLength(2);
    expect(await snapshot(place.to)).toEqual(await snapshot(place.from));
  });

  test("under the ack, with nobody who comes back to hear it again, does not keep the recipient for more than 10 s", async () => {
    await using place = await scratch();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const stop = new AbortController();
      const { received, rendezvous } = play({ paths: await threeFiles(place.from) }, place.to, {
        send: { signal: stop.signal },
        line: () => {
          let writes = 0;
          return {
            tapB: (bytes, cut) => {
              if (writes++ === 2) {
                stop.abort();
                cut();
              }
              return bytes;
            },
          };
        },
      });
      rendezvous.sender.close = async () => {};
      const meet = rendezvous.recipient.meet.bind(rendezvous.recipient);
      rendezvous.recipient.meet = async () => {
        const meeting = await meet();
        let dials = 0;
        const dial = async (signal: AbortSignal) => {
          const dialling = meeting.dial(signal);
          if (++dials === 2) vi.advanceTimersByTime(10_000);
          return await dialling;
        };
        return { ...meeting, dial };
      };
      expect(await received).toMatchObject({ files: 3 });
    } finally {
      vi.useRealTimers();
    }
    expect(await snapshot(place.to)).toEqual(await snapshot(place.from));
  });

  test("in the middle of a stream ends it: what was read is not there any more", async () => {
    await using place = await scratch();
    const stream = new PassThrough();
    stream.end(randomBytes(200_000));
    const { sent, received } = play({ stream, name: "s" }, place.to, {
      line: (line) => (line === 0 ? { tapA: cutAfter(60_000) } : {}),
    });
    expect([await sent, await received]).toMatchObject([{ failed: ["s"] }, { failed: ["s"] }]);
    expect(await snapshot(place.to)).toEqual({});
  });

  test("in the middle of standard output ends it: what was written cannot be taken back", async () => {
    await using place = await scratch();
    const [path = ""] = await threeFiles(place.from, 200_000);
    const { sent, received } = play({ paths: [path] }, new PassThrough({ highWaterMark: 1e6 }), {
      line: (line) => (line === 0 ? { tapA: cutAfter(100_000) } : {}),
    });
    expect([await sent, await received]).toMatchObject([{ code: "cannot_write" }, { code: "cannot_write" }]);
  });
});

describe("who interrupts", () => {
  test.each(["sender", "recipient"] as const)(
    "as the %s tells the other, and nothing incomplete stays",
    async (who) => {
      await using place = await scratch();
      const stop = new AbortController();
      const [path = ""] = await threeFiles(place.from, 500_000);
      const stopping = (bytes: Uint8Array): Uint8Array => {
        if (bytes.length > 10_000) stop.abort();
        return bytes;
      };
      const { sent, received, rendezvous } = play({ paths: [path] }, place.to, {
        line: () => ({ tapA: stopping }),
        ...(who === "sender" ? { send: { signal: stop.signal } } : { receive: { signal: stop.signal } }),
      });
      const codes = [await sent, await received].map((outcome) => ("code" in outcome ? outcome.code : "arrived"));
      expect(codes).toEqual(who === "sender" ? ["interrupted", "cancelled"] : ["cancelled", "interrupted"]);
      expect(await snapshot(place.to)).toEqual({});
      expect(rendezvous.closes.map(({ reason }) => reason)).toContain("cancelled");
    },
  );

  test("before the other side is there ends at once", async () => {
    const stop = new AbortController();
    const rendezvous = new Rendezvous(keys);
    const sent = sendFiles({ exchange: rendezvous.sender, content: { text: "x" }, signal: stop.signal });
    setImmediate(() => stop.abort());
    await expect(sent).rejects.toMatchObject({ code: "interrupted" });
    expect(rendezvous.closes).toEqual([{ role: "sender", reason: "cancelled" }]);
  });

  test("a stream that says nothing ends it at once", async () => {
    await using place = await scratch();
    const stop = new AbortController();
    const { sent, received } = play({ stream: new PassThrough() }, place.to, {
      send: { signal: stop.signal, onEvent: ({ event }) => event === "accepted" && setImmediate(() => stop.abort()) },
    });
    expect([await sent, await received]).toMatchObject([{ code: "interrupted" }, { code: "cancelled" }]);
    expect(await snapshot(place.to)).toEqual({});
  });

  test("a reader of standard output that does not read ends it at once", async () => {
    await using place = await scratch();
    const stop = new AbortController();
    const [path = ""] = await threeFiles(place.from, 2_000_000);
    const { sent, received } = play({ paths: [path] }, new PassThrough({ highWaterMark: 1 }), {
      receive: {
        signal: stop.signal,
        onEvent: ({ event }) => event === "accepted" && setImmediate(() => stop.abort()),
      },
    });
    expect([await sent, await received]).toMatchObject([{ code: "cancelled" }, { code: "interrupted" }]);
  });
});

describe("with --verify", () => {
  test("both sides see the same digits, and nothing but hello leaves before the yes", async () => {
    await using place = await scratch();
    const digits: string[] = [];
    let writes = 0;
    const answer = async (sas: string): Promise<boolean> => {
      digits.push(sas);
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(writes).toBe(2);
      return true;
    };
    const counting = (bytes: Uint8Array): Uint8Array => (writes++, bytes);
    const { sent, received } = play({ text: "hello" }, place.to, {
      send: { verify: answer },
      receive: { verify: answer },
      line: () => ({ tapA: counting, tapB: counting }),
    });
    expect([await sent, await received]).toMatchObject([{ files: 1 }, { text: "hello" }]);
    expect(digits[0]).toMatch(/^\d{4} \d{4}$/);
    expect(new Set(digits).size).toBe(1);
  });

  test.each(["sender", "recipient"] as const)("a no of the %s is interference for both", async (who) => {
    await using place = await scratch();
    const no = { verify: async () => false };
    const { sent, received } = play({ text: "hello" }, place.to, who === "sender" ? { send: no } : { receive: no });
    expect([await sent, await received]).toMatchObject([{ code: "interfered" }, { code: "interfered" }]);
  });

  test("the digits are asked for once in a round, again in the next, and not in a fourth", async () => {
    await using place = await scratch();
    const digits: string[] = [];
    const { sent, received, rendezvous } = play({ paths: await threeFiles(place.from) }, place.to, {
      send: { verify: async (sas) => digits.push(sas) > 0 },
      line: (line) => ({
        tapA: (bytes, cut) => {
          if (bytes.length < 10_000) return bytes;
          // Of a line that is cut, more may be on its way.
          if (line % 2 === 1 && rendezvous.round < (line + 1) / 2) rendezvous.endRound();
          if (rendezvous.round === 3) setImmediate(() => rendezvous.desert());
          cut();
          return bytes;
        },
      }),
    });
    expect([await sent, await received]).toMatchObject([{ code: "connection_lost" }, { code: "connection_lost" }]);
    expect(digits).toHaveLength(3);
    expect(new Set(digits).size).toBe(3);
  });
});

describe("a file that changes while it is sent is given up, and the others arrive", () => {
  test.each([
    ["shorter", 10],
    ["longer", 60_000],
  ])("because it is %s", async (_how, size) => {
    await using place = await scratch();
    const paths = await threeFiles(place.from);
    const source = await openSource({ paths }, never);
    truncateSync(join(place.from, "b"), size);
    const { sent, received } = play(source, place.to);
    expect([await sent, await received]).toMatchObject([
      { files: 2, failed: ["b"] },
      { files: 2, failed: ["b"] },
    ]);
    expect(await readdir(place.to)).toEqual(["a", "c"]);
  });

  test("because it becomes shorter in the middle", async () => {
    await using place = await scratch();
    const paths = await threeFiles(place.from, 500_000);
    const { sent, received } = play({ paths }, place.to, {
      send: {
        onEvent: ({ event }) => event === "accepted" && setImmediate(() => truncateSync(join(place.from, "c"), 7)),
      },
    });
    expect([await sent, await received]).toMatchObject([{ failed: ["c"] }, { failed: ["c"] }]);
    expect(await readdir(place.to)).toEqual(["a", "b"]);
  });

  test("because it is gone", async () => {
    await using place = await scratch();
    const paths = await threeFiles(place.from);
    const source = await openSource({ paths }, never);
    await import("node:fs/promises").then(({ unlink }) => unlink(join(place.from, "a")));
    const { sent, received } = play(source, place.to);
    expect([await sent, await received]).toMatchObject([{ failed: ["a"] }, { failed: ["a"] }]);
  });
});

test("a live source that pauses is not kept waiting for a full chunk", async () => {
  const stream = new PassThrough();
  const out = new PassThrough();
  const { sent, received } = play({ stream }, out);
  for (const word of ["one", "two", "x".repeat(16_384 - 20), "y".repeat(40_000)]) {
    stream.write(word);
    let heard = "";
    for await (const chunk of out.iterator({ destroyOnReturn: false })) {
      heard += String(chunk);
      if (heard.length >= word.length) break;
    }
    expect(heard).toBe(word);
  }
  stream.end();
  expect([await sent, await received]).toMatchObject([{ files: 1 }, { files: 1 }]);
});

test("folders and several files cannot go into a stream, and both sides are told", async () => {
  await using place = await scratch();
  const { sent, received } = play({ paths: await threeFiles(place.from) }, new PassThrough());
  expect([await sent, await received]).toMatchObject([{ code: "cannot_write" }, { code: "cannot_write" }]);
});

test("an output that breaks is told to both sides", async () => {
  await using place = await scratch();
  const [path = ""] = await threeFiles(place.from);
  const out = new PassThrough();
  out.destroy(new Error("closed by its reader"));
  const { sent, received } = play({ paths: [path] }, out);
  expect([await sent, await received]).toMatchObject([{ code: "cannot_write" }, { code: "cannot_write" }]);
});

test("progress is told until everything is there", async () => {
  await using place = await scratch();
  const { sent, received, events } = play({ paths: await threeFiles(place.from) }, place.to);
  await Promise.all([sent, received]);
  for (const side of [events.sender, events.recipient]) {
    expect(side.findLast(({ event }) => event === "progress")).toMatchObject({
      bytes: 150_000,
      total: 150_000,
      secondsLeft: 0,
    });
    expect(side.at(-1)).toMatchObject({ event: "done", summary: { files: 3, bytes: 150_000 } });
  }
  expect(events.recipient.filter(({ event }) => event === "file")).toHaveLength(3);
});

describe("regressions", () => {
  test("with --verify no round begins before the person has answered for the one before", async () => {
    await using place = await scratch();
    const asked: string[] = [];
    const askedBefore: number[] = [];
    let answer = (_isEqual: boolean): void => {};
    const { sent, received, rendezvous } = play({ paths: await threeFiles(place.from) }, place.to, {
      send: {
        verify: (sas) => {
          asked.push(sas);
          if (asked.length > 1) return Promise.resolve(true);
          rendezvous.endRound();
          rendezvous.lines[0]?.[0].cut();
          return new Promise((resolve) => (answer = resolve));
        },
        onEvent: ({ event }) =>
          event === "reconnecting" &&
          setTimeout(() => {
            askedBefore.push(asked.length);
            answer(true);
          }, 50),
      },
    });
    expect([await sent, await received]).toMatchObject([{ files: 3 }, { files: 3 }]);
    expect([askedBefore[0], asked.length]).toEqual([1, 2]);
  });

  test("an error of the other side has no hint about this machine", () => {
    for (const code of ["no_space", "cannot_write", "cannot_read"] as const) {
      const { hint } = problemOf({ code, message: "" });
      expect(hint).not.toBe(PROBLEMS[code].hint);
      expect(hint).toMatch(/^The other side/);
      expect(hint).not.toContain("--out");
    }
  });

  test.each(["timeout", "busy", "unavailable", "replaced"] as const)(
    "a stapler's %s leaves the channel to the same command when patience is over",
    async (code) => {
      const closes: string[] = [];
      const exchange = {
        meet: () => Promise.reject(new DuetError(code)),
        close: async (why: string) => void closes.push(why),
      };
      await expect(endingWell(exchange, never, () => exchange.meet())).rejects.toMatchObject({
        code: "connection_lost",
      });
      expect(closes).toEqual([]);
    },
  );

  test("a hello that is played back makes no recipient wait for ever, nor says that somebody is there", async () => {
    await using place = await scratch();
    const rendezvous = new Rendezvous(keys);
    const events: string[] = [];
    const recorded: Uint8Array[] = [];
    const ended = receiveFiles({
      exchange: rendezvous.recipient,
      out: place.to,
      consent: yes,
      signal: never,
      waitForPeerMs: 200,
      onEvent: ({ event }) => void events.push(event),
    }).catch((error: unknown) => problem(error).code);
    const first = await rendezvous.dial("sender", 0, never);
    const write = first.write.bind(first);
    first.write = (parts) => (recorded.push(...parts.map((part) => part.slice())), write(parts));
    await new WirePeer(keys[0].sender, first).greet();
    first.destroy();
    await (await rendezvous.dial("sender", 0, never)).write(recorded);
    expect(await ended).toBe("connection_lost");
    expect(events).toEqual(["connected", "reconnecting"]);
  });

  test("a recipient waits for the sender's person, who compares digits, longer than for a connection", async () => {
    await using place = await scratch();
    const { sent, received } = play({ paths: await threeFiles(place.from) }, place.to, {
      send: { verify: () => new Promise((resolve) => setTimeout(() => resolve(true), 120)) },
      receive: { waitForPeerMs: 30 },
    });
    expect([await sent, await received]).toMatchObject([{ files: 3 }, { files: 3 }]);
  });

  test("a channel that was closed as done, after an ack that was lost, is no confirmation, and the sender says so", async () => {
    const rendezvous = new Rendezvous(keys);
    const sent = sendFiles({ exchange: rendezvous.sender, content: { text: "x" }, signal: never });
    const stream = await rendezvous.dial("recipient", 0, never);
    const recipient = new WirePeer(keys[0].recipient, stream);
    await recipient.greet();
    await recipient.receive();
    await recipient.send("accept", Buffer.from('{"default":"send"}'));
    for (const type of ["body", "end"]) expect((await recipient.receive()).type).toBe(type);
    rendezvous.dial = () => Promise.reject(new DuetError("closed", { extensions: { reason: "done" } }));
    stream.destroy();
    await expect(sent).rejects.toMatchObject({
      code: "connection_lost",
      message: expect.stringContaining("confirmation was lost") as unknown,
    });
  });

  test("a sender waits for a person longer than for a connection", async () => {
    await using place = await scratch();
    const { sent, received } = play({ paths: await threeFiles(place.from) }, place.to, {
      send: { waitForPeerMs: 30 },
      receive: {
        consent: () => new Promise((resolve) => setTimeout(() => resolve({ accept: true }), 120)),
      },
    });
    expect([await sent, await received]).toMatchObject([{ files: 3 }, { files: 3 }]);
  });
});
