import { appendFile, mkdir, readdir, readFile, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SEAT_KEPT_MS } from "../../../src/client/index.js";
import { fingerprintOf } from "../../../src/transfer/journal/fingerprints.js";
import { FileJournals } from "../../../src/transfer/journal/journal-files.js";
import { decodeRecords, encodeRecord, type JournalRecord } from "../../../src/transfer/journal/journal-records.js";
import { partName } from "../../../src/transfer/lists/names.js";
import { scratch } from "../../helpers/scratch.js";

const RELAY = "http://127.0.0.1:8153";
const DONE: JournalRecord = {
  type: "done",
  fingerprint: Buffer.from(fingerprintOf({ path: "a", size: 1 })),
  file: Buffer.from("12345678"),
};
const RECORDS: readonly JournalRecord[] = [
  { type: "top", top: "photos", name: "photos (1)", isEntered: false },
  { type: "folder", path: "photos (1)/ä\n\u{1f600}" },
  { type: "made", path: "photos (1)" },
  { type: "begun", fingerprint: Buffer.from(fingerprintOf({ path: "b", size: 2, mtime: 3 })) },
  DONE,
];

async function journals(options: { readonly channel?: string; readonly now?: () => number } = {}) {
  const place = await scratch();
  const directory = join(place.path, "state");
  const open = new FileJournals({ directory, relay: RELAY, channel: "4821", ...options });
  const files = async (): Promise<string[]> => await readdir(directory).catch(() => []);
  return { ...place, directory, journals: open, files, path: async () => join(directory, (await files())[0] ?? "") };
}

/** Makes a journal that another process has left. */
async function leave(path: string): Promise<void> {
  const bytes = await readFile(path);
  const [first] = decodeRecords(bytes);
  if (first?.record.type !== "owner") throw new Error("no owner");
  // No process has this number.
  const owner = { ...first.record.owner, pid: 2 ** 30 };
  await writeFile(path, Buffer.concat([encodeRecord({ type: "owner", owner }), bytes.subarray(first.end)]));
}

describe("a journal on disk", () => {
  test("is not there before something is recorded, private then, and gives the same back to the next process", async () => {
    await using place = await journals();
    const log = await place.journals.open(place.to);
    expect([log.outlives, [...log.takeEarlier()], await place.files()]).toEqual([true, [], []]);
    await Promise.all(RECORDS.map((record) => log.append(record)));
    expect((await stat(await place.path())).mode & 0o777).toBe(0o600);
    expect((await stat(place.directory)).mode & 0o777).toBe(0o700);
    await leave(await place.path());
    const again = await place.journals.open(place.to);
    expect([again.mark, [...again.takeEarlier()]]).toEqual([log.mark, RECORDS]);
  });

  test("holds no word and no key: only names, numbers and hashes of what is in the list", async () => {
    await using place = await journals();
    const log = await place.journals.open(place.to);
    await log.append(DONE);
    const [owner] = decodeRecords(await readFile(await place.path()));
    expect(owner?.record).toMatchObject({ owner: { relay: RELAY, channel: "4821", root: place.to, mark: log.mark } });
    if (owner?.record.type !== "owner") throw new Error("no owner");
    expect(Object.keys(owner.record.owner).sort()).toEqual(["channel", "mark", "pid", "relay", "root"]);
  });

  test.each([1, 5, 12])("that was torn %i bytes before its end is good up to there, and goes on", async (torn) => {
    await using place = await journals();
    const log = await place.journals.open(place.to);
    for (const record of RECORDS) await log.append(record);
    const path = await place.path();
    await leave(path);
    await truncate(path, (await stat(path)).size - torn);
    const second = await place.journals.open(place.to);
    expect([...second.takeEarlier()]).toEqual(RECORDS.slice(0, -1));
    await second.append(DONE);
    await leave(path);
    expect([...(await place.journals.open(place.to)).takeEarlier()]).toEqual(RECORDS);
  });

  test("that holds something else is not believed behind that", async () => {
    await using place = await journals();
    const log = await place.journals.open(place.to);
    await log.append(DONE);
    await leave(await place.path());
    await appendFile(await place.path(), Buffer.concat([Buffer.alloc(20, 1), encodeRecord(DONE)]));
    expect([...(await place.journals.open(place.to)).takeEarlier()]).toEqual([DONE]);
  });

  test.each([
    { root: "from", channel: "4821" },
    { root: "to", channel: "9999" },
  ] as const)("is not that of $root in channel $channel", async ({ root, channel }) => {
    await using place = await journals();
    const log = await place.journals.open(place.to);
    await log.append(DONE);
    await leave(await place.path());
    const other = new FileJournals({ directory: place.directory, relay: RELAY, channel });
    const log2 = await other.open(place[root]);
    expect([log2.mark === log.mark, [...log2.takeEarlier()]]).toEqual([false, []]);
  });

  test("that a living process writes is left to it", async () => {
    await using place = await journals();
    const log = await place.journals.open(place.to);
    await log.append(DONE);
    const path = await place.path();
    const bytes = await readFile(path);
    const [first] = decodeRecords(bytes);
    if (first?.record.type !== "owner") throw new Error("no owner");
    const owner = { ...first.record.owner, pid: process.ppid };
    const busy = Buffer.concat([encodeRecord({ type: "owner", owner }), bytes.subarray(first.end)]);
    await writeFile(path, busy);
    const second = await place.journals.open(place.to);
    expect([second.outlives, second.mark === log.mark]).toEqual([false, false]);
    await second.append(DONE);
    await second.remove();
    expect(await readFile(path)).toEqual(busy);
  });

  test("that cannot be written stops nothing, and says that it does not outlive", async () => {
    await using place = await journals();
    await writeFile(place.directory, "in the way");
    const log = await place.journals.open(place.to);
    await log.append(DONE);
    expect(log.outlives).toBe(false);
    await log.append(DONE);
    await log.remove();
    expect(await readFile(place.directory, "utf8")).toBe("in the way");
  });

  test("is gone when the transfer is over", async () => {
    await using place = await journals();
    const log = await place.journals.open(place.to);
    await log.append(DONE);
    await log.remove();
    expect(await place.files()).toEqual([]);
  });
});

describe("what nobody went on with for a week", () => {
  async function leftBehind(now?: () => number) {
    const place = await journals(now === undefined ? {} : { now });
    const log = await place.journals.open(place.to);
    await mkdir(join(place.to, "d"));
    await log.append({ type: "folder", path: "." });
    await log.append({ type: "folder", path: "d" });
    for (const name of ["a", "d/b"]) await writeFile(join(place.to, partName(name, log.mark)), "half");
    await writeFile(join(place.to, "a.part"), "somebody else's");
    await writeFile(join(place.to, "d", "b"), "whole");
    return { place, log };
  }

  test("is removed, with its parts and nothing else, and told", async () => {
    const { place } = await leftBehind();
    await using _ended = place;
    await leave(await place.path());
    const old = (Date.now() - SEAT_KEPT_MS) / 1000 - 60;
    await utimes(await place.path(), old, old);
    expect(await place.journals.sweep()).toEqual([{ root: place.to, parts: 2 }]);
    expect(await place.files()).toEqual([]);
    expect((await readdir(place.to, { recursive: true })).sort()).toEqual(["a.part", "d", "d/b"]);
    expect(await place.journals.sweep()).toEqual([]);
  });

  test("is kept before that, and as long as its process lives, however the clock is set", async () => {
    const { place } = await leftBehind();
    await using _ended = place;
    await leave(await place.path());
    expect(await place.journals.sweep()).toEqual([]);
    const later = new FileJournals({
      directory: place.directory,
      relay: RELAY,
      channel: "1",
      now: () => Date.now() + 2 * SEAT_KEPT_MS,
    });
    const bytes = await readFile(await place.path());
    const [first] = decodeRecords(bytes);
    if (first?.record.type !== "owner") throw new Error("no owner");
    const owner = { ...first.record.owner, pid: process.ppid };
    await appendFile(await place.path(), encodeRecord({ type: "owner", owner }));
    expect(await later.sweep()).toEqual([]);
    expect(await place.files()).toHaveLength(1);
  });
});
