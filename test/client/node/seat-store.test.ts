import { mkdir, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newUuid } from "../../../src/client/seat-keeper.js";
import { SEAT_KEPT_MS, SeatStore } from "../../../src/client/node/seat-store.js";
import { type ChannelName, isUuid } from "../../../src/protocol/names.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "duet-seats-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

const KEY = { relay: "https://relay.example", channel: "4821" as ChannelName, role: "sender" } as const;
const UUID = newUuid();

/** The one file that there is. */
async function file(): Promise<string> {
  const [name = ""] = await readdir(directory);
  return join(directory, name);
}

describe("the seat of an unfinished transfer", () => {
  test("is there for the next process, and gone when forgotten", async () => {
    await new SeatStore({ directory }).save(KEY, UUID);
    const next = new SeatStore({ directory });
    expect(await next.load(KEY)).toBe(UUID);
    await next.forget(KEY);
    await next.forget(KEY);
    expect(await next.load(KEY)).toBeUndefined();
    expect(await readdir(directory)).toEqual([]);
  });

  test("belongs to one side of one channel of one relay", async () => {
    const seats = new SeatStore({ directory });
    await seats.save(KEY, UUID);
    expect(await seats.load({ ...KEY, role: "recipient" })).toBeUndefined();
    expect(await seats.load({ ...KEY, channel: "4822" as ChannelName })).toBeUndefined();
    expect(await seats.load({ ...KEY, relay: "https://other.example" })).toBeUndefined();
  });

  test("is a file that only its owner reads, with no words and no key in it", async () => {
    await new SeatStore({ directory: join(directory, "state", "duet") }).save(KEY, UUID);
    const folder = join(directory, "state", "duet");
    const [name = ""] = await readdir(folder);
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(JSON.parse(await readFile(join(folder, name), "utf8"))).toEqual({ ...KEY, uuid: UUID, pid: process.pid });
  });

  test("is forgotten when it is stale", async () => {
    let now = Date.now();
    const seats = new SeatStore({ directory, now: () => now });
    await seats.save(KEY, UUID);
    now += SEAT_KEPT_MS + 60_000;
    expect(await seats.load(KEY)).toBeUndefined();
    expect(await readdir(directory)).toEqual([]);
  });

  test("goes when another is kept and it is stale; files of others stay", async () => {
    const seats = new SeatStore({ directory });
    await seats.save(KEY, UUID);
    const stale = await file();
    const note = join(directory, "notes.txt");
    await writeFile(note, "not ours");
    const old = new Date(Date.now() - SEAT_KEPT_MS - 1_000);
    await Promise.all([utimes(stale, old, old), utimes(note, old, old)]);
    await seats.save({ ...KEY, channel: "77" as ChannelName }, UUID);
    const names = await readdir(directory);
    expect(names).toContain("notes.txt");
    expect(names.filter((name) => name.endsWith(".seat.json"))).toHaveLength(1);
    expect(await seats.load(KEY)).toBeUndefined();
  });

  test("is not taken from another process that is alive", async () => {
    const seats = new SeatStore({ directory });
    await seats.save(KEY, UUID);
    const path = await file();
    const seat = JSON.parse(await readFile(path, "utf8")) as object;
    const heldBy = async (pid: unknown) => {
      await writeFile(path, JSON.stringify({ ...seat, pid }));
      return await seats.load(KEY);
    };
    expect(await heldBy(process.ppid)).toBeUndefined();
    expect(await heldBy(1)).toBeUndefined();
    expect(await heldBy(2 ** 22 + 1)).toBe(UUID);
    expect(await heldBy("7")).toBe(UUID);
  });

  test.each([
    ["not JSON", "{"],
    ["no object", "7"],
    ["null", "null"],
    ["of another channel", JSON.stringify({ ...KEY, channel: "1", uuid: UUID })],
    ["without a uuid that is one", JSON.stringify({ ...KEY, uuid: "short" })],
  ])("that is %s is no seat", async (_what, text) => {
    const seats = new SeatStore({ directory });
    await seats.save(KEY, UUID);
    await writeFile(await file(), text);
    expect(await seats.load(KEY)).toBeUndefined();
  });

  test("that cannot be kept is no reason to fail", async () => {
    const taken = join(directory, "file");
    await writeFile(taken, "");
    const seats = new SeatStore({ directory: taken });
    await seats.save(KEY, UUID);
    expect(await seats.load(KEY)).toBeUndefined();
    await mkdir(join(directory, "state"));
    expect(await readdir(join(directory, "state"))).toEqual([]);
  });
});

test("a uuid of ours is 16 random bytes in base64url", () => {
  expect(newUuid(() => new Uint8Array(16))).toBe("AAAAAAAAAAAAAAAAAAAAAA");
  expect(isUuid(newUuid())).toBe(true);
  expect(newUuid()).not.toBe(newUuid());
});
