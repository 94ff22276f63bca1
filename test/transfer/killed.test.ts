/**
 * A recipient that dies at any step. What a kill leaves is taken down as a copy of the disk at each record of the journal; a new
 * process, as far as the code can tell, goes on from the copy.
 */
import { randomBytes } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { chmod, lstat, mkdir, readdir, readFile, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Exchange } from "../../src/client/index.js";
import { DuetError } from "../../src/protocol/problem.js";
import type { TransferEvent } from "../../src/transfer/events.js";
import { FileJournals } from "../../src/transfer/journal/journal-files.js";
import { decodeRecords, encodeRecord, type JournalRecord } from "../../src/transfer/journal/journal-records.js";
import type { JournalLog, JournalStore } from "../../src/transfer/journal/journal-store.js";
import { receiveFiles } from "../../src/transfer/receiving/receive.js";
import type { ReceiveOptions } from "../../src/transfer/receiving/receive-options.js";
import type { Received } from "../../src/transfer/receiving/receiving.js";
import { sendFiles } from "../../src/transfer/sending/send.js";
import { agree, Rendezvous } from "./helpers/rendezvous.js";
import { type Scratch, scratch, snapshot } from "../helpers/scratch.js";
import type { StreamPairOptions } from "../helpers/stream-pair.js";

let session: Awaited<ReturnType<typeof agree>>;
beforeAll(async () => {
  session = await agree(1024 * 1024);
});

const never = new AbortController().signal;
const MIB = 1024 * 1024;
const LARGE = 12 * MIB;

/** Folders, links, small files, an empty one, and two that are worth going on with. */
async function mixedTree(folder: string): Promise<void> {
  const top = join(folder, "photos");
  await mkdir(join(top, "deep", "deeper"), { recursive: true });
  await mkdir(join(top, "empty folder"));
  await writeFile(join(top, "a.bin"), randomBytes(2 * MIB));
  await writeFile(join(top, "deep", "b.bin"), randomBytes(MIB + 1));
  for (let n = 0; n < 8; n++) await writeFile(join(top, "deep", `small ${n}`), randomBytes(n * 300));
  await writeFile(join(top, "deep", "deeper", "last"), "last");
  await symlink("a.bin", join(top, "link"));
  await chmod(join(top, "deep", "deeper"), 0o750);
  await writeFile(join(folder, "top.txt"), "top");
}

interface Run {
  readonly journals?: JournalStore;
  readonly rule?: ReceiveOptions["rule"];
  readonly line?: StreamPairOptions;
}

/** @returns what arrived, and how many bytes of the sender went over the line */
async function run(place: Scratch, { journals, rule, line = {} }: Run) {
  let sentBytes = 0;
  const count = (bytes: Uint8Array): Uint8Array => ((sentBytes += bytes.length), bytes);
  const rendezvous = new Rendezvous([session], () => ({ tapA: count, ...line }));
  const events: TransferEvent[] = [];
  const paths = (await readdir(place.from)).sort().map((name) => join(place.from, name));
  const [, received] = await Promise.all([
    sendFiles({ exchange: rendezvous.sender, content: { paths }, signal: never }),
    receiveFiles({
      exchange: rendezvous.recipient,
      out: place.to,
      consent: async () => ({ accept: true }),
      umask: 0,
      signal: never,
      onEvent: (event) => events.push(event),
      ...(journals === undefined ? {} : { journals }),
      ...(rule === undefined ? {} : { rule }),
    }),
  ]);
  return { received: received satisfies Received, sentBytes, events };
}

/** With all times to the nanosecond and all hard links, which `fs.cp` does not keep. */
function copy(from: string, to: string): void {
  execFileSync("cp", ["-a", from, to]);
}

/** Takes down what is on the disk before each record. */
class Witness implements JournalStore {
  readonly #journals: JournalStore;
  readonly #copy: (name: string) => void;
  count = 0;

  constructor(journals: JournalStore, copy: (name: string) => void) {
    this.#journals = journals;
    this.#copy = copy;
  }

  async open(root: string): Promise<JournalLog> {
    const log = await this.#journals.open(root);
    const append = async (record: JournalRecord): Promise<void> => {
      this.#copy(String(this.count++));
      await log.append(record);
    };
    return {
      mark: log.mark,
      outlives: true,
      takeEarlier: () => log.takeEarlier(),
      append,
      close: () => log.close(),
      remove: () => log.remove(),
    };
  }
}

/** Compared by itself: a report of the difference between such files would take minutes. */
async function isSame({ from, to }: Scratch): Promise<boolean> {
  return (await readFile(join(to, "big.bin"))).equals(await readFile(join(from, "big.bin")));
}

/** A journal whose process is gone. */
async function orphan(state: string): Promise<void> {
  for (const name of await readdir(state).catch(() => [])) {
    const path = join(state, name);
    const bytes = await readFile(path);
    const [first] = decodeRecords(bytes);
    if (first?.record.type !== "owner") throw new Error("no owner");
    const owner = encodeRecord({ type: "owner", owner: { ...first.record.owner, pid: 2 ** 30 } });
    await writeFile(path, Buffer.concat([owner, bytes.subarray(first.end)]));
  }
}

describe.each(["rename", "overwrite", "skip"] as const)("a recipient that dies at any step, by the rule %s", (rule) => {
  test.each(["an empty folder", "a folder with old things in it"])(
    "goes on in %s as if nothing had happened",
    async (what) => {
      await using place = await scratch();
      await mixedTree(place.from);
      if (what !== "an empty folder") {
        await mkdir(join(place.to, "photos", "deep"), { recursive: true });
        await writeFile(join(place.to, "photos", "mine"), "mine");
        await writeFile(join(place.to, "photos", "deep", "small 3"), "old");
        await writeFile(join(place.to, "top.txt"), "old top");
        for (const name of ["photos/mine", "photos/deep/small 3", "top.txt"]) await utimes(join(place.to, name), 5, 5);
        for (const name of ["photos/deep", "photos"]) await utimes(join(place.to, name), 6, 6);
      }
      const [copies, state] = [join(place.path, "copies"), join(place.path, "state")];
      await mkdir(state);
      const journals = (): FileJournals => new FileJournals({ directory: state, relay: "http://r", channel: "4821" });
      const witness = new Witness(journals(), (name) => {
        mkdirSync(join(copies, name), { recursive: true });
        for (const folder of ["to", "state"]) copy(join(place.path, folder), join(copies, name, folder));
      });
      const whole = await run(place, { journals: witness, rule });
      const expected = await snapshot(place.to);
      expect(witness.count).toBeGreaterThan(8);
      expect(await readdir(state)).toEqual([]);

      for (const name of await readdir(copies)) {
        for (const folder of ["to", "state"]) {
          await rm(join(place.path, folder), { recursive: true });
          await rename(join(copies, name, folder), join(place.path, folder));
        }
        await orphan(state);
        const again = await run(place, { journals: journals(), rule });
        // Times of folders that were there before change with what is put into them.
        expect({ name, there: timeless(await snapshot(place.to), what) }).toEqual({
          name,
          there: timeless(expected, what),
        });
        expect(again.received.files).toBe(whole.received.files);
        expect(await readdir(state)).toEqual([]);
      }
    },
  );
});

/** Without the times of folders that were there before. */
function timeless(found: Record<string, string>, what: string): Record<string, string> {
  if (what === "an empty folder") return found;
  return Object.fromEntries(
    Object.entries(found).map(([path, text]) => [path, ["photos", "photos/deep"].includes(path) ? "dir" : text]),
  );
}

describe("after a kill in the middle of a large file", () => {
  async function halfway(place: Scratch): Promise<{ readonly state: string; readonly journals: () => FileJournals }> {
    const state = join(place.path, "state");
    const journals = (): FileJournals => new FileJournals({ directory: state, relay: "http://r", channel: "4821" });
    await writeFile(join(place.from, "big.bin"), randomBytes(LARGE));
    let copied = false;
    let sentBytes = 0;
    const rendezvous = new Rendezvous([session], () => ({
      tapA: (bytes) => {
        sentBytes += bytes.length;
        if (sentBytes > LARGE * 0.9 && !copied) {
          copied = true;
          copy(place.to, join(place.path, "half"));
          copy(state, join(place.path, "half-state"));
        }
        return bytes;
      },
    }));
    await Promise.all([
      sendFiles({ exchange: rendezvous.sender, content: { paths: [join(place.from, "big.bin")] }, signal: never }),
      receiveFiles({
        exchange: rendezvous.recipient,
        out: place.to,
        consent: async () => ({ accept: true }),
        signal: never,
        journals: journals(),
      }),
    ]);
    await rm(place.to, { recursive: true });
    await rename(join(place.path, "half"), place.to);
    await rename(join(place.path, "half-state"), state).catch(async () => {
      await rm(state, { recursive: true });
      await rename(join(place.path, "half-state"), state);
    });
    await orphan(state);
    return { state, journals };
  }

  test("only what is missing is sent, and what is there is read again and told", async () => {
    await using place = await scratch();
    const { journals } = await halfway(place);
    const { sentBytes, events } = await run(place, { journals: journals() });
    expect(await isSame(place)).toBe(true);
    expect(sentBytes).toBeLessThan(LARGE * 0.75);
    expect(events.map(({ event }) => event)).toEqual(expect.arrayContaining(["resumable", "checking", "resumed"]));
    expect(await readdir(place.to)).toEqual(["big.bin"]);
  });

  test("a part that was changed on the disk is not believed", async () => {
    await using place = await scratch();
    const { journals } = await halfway(place);
    const [part = ""] = await readdir(place.to);
    const bytes = await readFile(join(place.to, part));
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    await writeFile(join(place.to, part), bytes);
    const { sentBytes, events } = await run(place, { journals: journals() });
    expect(await isSame(place)).toBe(true);
    expect(sentBytes).toBeGreaterThan(LARGE);
    expect(events).toContainEqual(expect.objectContaining({ event: "dropped", path: "big.bin" }));
  });

  test("a source that was changed is sent anew, and nothing is asked about the old one", async () => {
    await using place = await scratch();
    const { journals } = await halfway(place);
    await writeFile(join(place.from, "big.bin"), randomBytes(LARGE));
    const { sentBytes } = await run(place, { journals: journals() });
    expect(await isSame(place)).toBe(true);
    expect(sentBytes).toBeGreaterThan(LARGE);
    expect(await readdir(place.to)).toEqual(["big.bin"]);
  });

  test("a link in the place of the part is not gone through", async () => {
    await using place = await scratch();
    const { journals } = await halfway(place);
    const [part = ""] = await readdir(place.to);
    await rename(join(place.to, part), join(place.path, "elsewhere"));
    await symlink(join(place.path, "elsewhere"), join(place.to, part));
    const before = await readFile(join(place.path, "elsewhere"));
    await run(place, { journals: journals() });
    expect((await readFile(join(place.path, "elsewhere"))).equals(before)).toBe(true);
    expect((await lstat(join(place.to, "big.bin"))).isFile()).toBe(true);
  });

  test("somebody who says no now leaves nothing of it behind", async () => {
    await using place = await scratch();
    const { state, journals } = await halfway(place);
    const rendezvous = new Rendezvous([session]);
    const sent = sendFiles({
      exchange: rendezvous.sender,
      content: { paths: [join(place.from, "big.bin")] },
      signal: never,
    });
    const received = receiveFiles({
      exchange: rendezvous.recipient,
      out: place.to,
      consent: async () => ({ accept: false }),
      signal: never,
      journals: journals(),
    });
    await expect(sent).rejects.toMatchObject({ code: "declined" });
    await expect(received).rejects.toMatchObject({ code: "declined" });
    expect([await readdir(place.to), await readdir(state)]).toEqual([[], []]);
  });
});

describe("what has arrived is kept for another run", () => {
  test.each(["a loss for good", "an interruption"])("after %s", async (how) => {
    await using place = await scratch();
    const state = join(place.path, "state");
    const journals = new FileJournals({ directory: state, relay: "http://r", channel: "4821" });
    await writeFile(join(place.from, "big.bin"), randomBytes(LARGE));
    const stop = new AbortController();
    let bytes = 0;
    const rendezvous = new Rendezvous([session], () => ({
      tapA: (data, cut) => {
        bytes += data.length;
        if (bytes < LARGE * 0.9) return data;
        if (how === "an interruption") stop.abort();
        else {
          rendezvous.desert();
          cut();
        }
        return data;
      },
    }));
    const outcomes = await Promise.allSettled([
      sendFiles({ exchange: rendezvous.sender, content: { paths: [join(place.from, "big.bin")] }, signal: never }),
      receiveFiles({
        exchange: rendezvous.recipient,
        out: place.to,
        consent: async () => ({ accept: true }),
        signal: stop.signal,
        journals,
      }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await readdir(place.to)).toEqual([expect.stringMatching(/^big\.bin\.[0-9a-f]{12}\.part$/)]);
    await orphan(state);
    const { sentBytes } = await run(place, { journals });
    expect(sentBytes).toBeLessThan(LARGE * 0.75);
    expect(await isSame(place)).toBe(true);
  });
});

describe("a recipient that died when nothing was missing any more", () => {
  /** As the disk was when its `ack` left. */
  async function allThere(place: Scratch): Promise<{ readonly state: string; readonly journals: () => FileJournals }> {
    const state = join(place.path, "state");
    const journals = (): FileJournals => new FileJournals({ directory: state, relay: "http://r", channel: "4821" });
    await mixedTree(place.from);
    let writes = 0;
    const line = { tapB: (bytes: Uint8Array) => (writes++ === 2 && copy(state, join(place.path, "then")), bytes) };
    await run(place, { journals: journals(), line });
    await rm(state, { recursive: true });
    await rename(join(place.path, "then"), state);
    await orphan(state);
    return { state, journals };
  }

  /** Alone, with what it meets in place of a sender. */
  function receiveAlone(place: Scratch, journals: FileJournals, meet: Exchange["meet"], signal = never) {
    const events: TransferEvent["event"][] = [];
    const { recipient } = new Rendezvous([session]);
    recipient.meet = meet;
    const received = receiveFiles({
      exchange: recipient,
      out: place.to,
      consent: async () => ({ accept: true }),
      signal,
      journals,
      onEvent: ({ event }) => events.push(event),
    });
    return { received, events };
  }

  const nobody = (error: DuetError) => async (): Promise<never> => {
    throw error;
  };

  test.each([
    new DuetError("nobody_came"),
    new DuetError("relay_unreachable"),
    new DuetError("closed", { extensions: { reason: "done" } }),
  ])("ends well if its sender is gone ($code)", async (error) => {
    await using place = await scratch();
    const { state, journals } = await allThere(place);
    const before = await snapshot(place.to);
    const { received, events } = receiveAlone(place, journals(), nobody(error));
    expect(await received).toMatchObject({ files: 12, failed: [], into: place.to });
    expect(events).toEqual(["whole", "done"]);
    expect([await snapshot(place.to), await readdir(state)]).toEqual([before, []]);
  });

  test("and finds nobody for 10 s ends well", async () => {
    await using place = await scratch();
    const { journals } = await allThere(place);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const { received } = receiveAlone(place, journals(), () => {
        vi.advanceTimersByTime(10_000);
        return new Promise(() => {});
      });
      expect(await received).toMatchObject({ files: 12 });
    } finally {
      vi.useRealTimers();
    }
  });

  test("tells a sender that still waits for it", async () => {
    await using place = await scratch();
    const { state, journals } = await allThere(place);
    const { received, events, sentBytes } = await run(place, { journals: journals() });
    expect(received.files).toBe(12);
    expect(events.map(({ event }) => event)).not.toContain("whole");
    expect(sentBytes).toBeLessThan(10_000);
    expect(await readdir(state)).toEqual([]);
  });

  test("takes what has been changed since then", async () => {
    await using place = await scratch();
    const { journals } = await allThere(place);
    await writeFile(join(place.from, "top.txt"), "another top");
    await run(place, { journals: journals() });
    expect(await readFile(join(place.to, "top.txt"), "utf8")).toBe("another top");
  });

  test.each([new DuetError("wrong_code"), new DuetError("interfered"), new DuetError("closed")])(
    "does not take every end for a good one ($code)",
    async (error) => {
      await using place = await scratch();
      const { journals } = await allThere(place);
      await expect(receiveAlone(place, journals(), nobody(error)).received).rejects.toBe(error);
    },
  );

  test("and is interrupted says so", async () => {
    await using place = await scratch();
    const { journals } = await allThere(place);
    const stop = new AbortController();
    const meet = (): Promise<never> => (stop.abort(), new Promise(() => {}));
    const { received } = receiveAlone(place, journals(), meet, stop.signal);
    await expect(received).rejects.toMatchObject({ code: "interrupted" });
  });
});
