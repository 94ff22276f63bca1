import { chmod, readdir, stat, writeFile } from "node:fs/promises";
import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeManifestEntry, type ManifestEntry } from "../../../src/protocol/index.js";
import { EntrySet } from "../../../src/transfer/lists/entry-set.js";
import { Spool } from "../../../src/transfer/lists/spool.js";
import { SpooledEntries } from "../../../src/transfer/lists/spooled-entries.js";
import { scratch } from "../../helpers/scratch.js";

const MEMORY = 300;
const isRoot = process.getuid?.() === 0;

/** Files of this process that no name leads to any more. */
function deletedFiles(): string[] {
  return readdirSync("/proc/self/fd").flatMap((descriptor) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`);
      return path.endsWith("/list (deleted)") ? [path] : [];
    } catch {
      return [];
    }
  });
}

function add(list: SpooledEntries, entry: ManifestEntry): void {
  list.add(entry, encodeManifestEntry(entry).subarray(0, -1));
}

const entry = (i: number): ManifestEntry => {
  const path = `${"long".repeat(i % 9)}/${i}`;
  if (i % 5 === 0) return { path, type: "dir", size: 0, mode: 0o755 };
  if (i % 7 === 0) return { path, type: "link", size: 0, target: `${i}` };
  return { path, type: "file", size: i * 1_000_003, mtime: i };
};

test("what a spool was given can be read from anywhere, in memory or not", async () => {
  await using place = await scratch();
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }),
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))),
      (pieces, spans) => {
        const spool = new Spool({ temporary: place.path, memoryBytes: MEMORY });
        try {
          for (const piece of pieces) spool.append(piece);
          const whole = Buffer.concat(pieces);
          expect(spool.length).toBe(whole.length);
          for (const [one, other] of [[0, 1] as const, ...spans]) {
            const [start, end] = [one, other].map((at) => Math.floor(at * whole.length)).toSorted((a, b) => a - b);
            expect(Buffer.from(spool.read(start ?? 0, end ?? 0))).toEqual(whole.subarray(start, end));
          }
        } finally {
          spool.close();
        }
      },
    ),
  );
});

test("a list gives back its entries, in any order and from several readers at once, as an array does", async () => {
  await using place = await scratch();
  fc.assert(
    fc.property(fc.nat(400), fc.array(fc.nat(420), { maxLength: 60 }), (length, asked) => {
      const list = new SpooledEntries({ temporary: place.path, memoryBytes: MEMORY });
      try {
        const model = Array.from({ length }, (_, i) => entry(i));
        for (const [i, each] of model.entries()) {
          add(list, each);
          // While it grows, too.
          expect(list.at(i - (i % 50))).toEqual(model[i - (i % 50)]);
        }
        const slow = list[Symbol.iterator]();
        expect(slow.next().value).toEqual(model[0]);
        for (const index of asked) expect(list.at(index)).toEqual(model[index]);
        expect([list.at(-1), list.at(length), list.at(0.5)]).toEqual([undefined, undefined, undefined]);
        expect([...slow]).toEqual(model.slice(1));
        expect([...list]).toEqual(model);
        expect(model.map((_each, i) => [list.sizes.typeOf(i), list.sizes.sizeOf(i)])).toEqual(
          model.map(({ type, size }) => [type, size]),
        );
        expect(list.sizes.files).toBe(model.filter(({ type }) => type === "file").length);
        expect(Buffer.concat([...list.raw()])).toEqual(Buffer.concat(model.map(encodeManifestEntry)));
      } finally {
        list.close();
      }
    }),
    { numRuns: 30 },
  );
});

describe("the temporary file", () => {
  test("is not made for a list that fits into memory", async () => {
    await using place = await scratch();
    const list = new SpooledEntries({ temporary: join(place.path, "not there") });
    for (let i = 0; i < 1_000; i++) add(list, entry(i));
    expect(list.at(999)).toEqual(entry(999));
    list.close();
  });

  test.skipIf(process.platform !== "linux")("has no name, so a kill leaves nothing, and is closed", async () => {
    await using place = await scratch();
    await using others = await scratch();
    const before = deletedFiles().length;
    const list = new SpooledEntries({ temporary: place.path, memoryBytes: MEMORY });
    for (let i = 0; i < 100; i++) add(list, entry(i));
    expect(deletedFiles()).toHaveLength(before + 1);
    expect((await readdir(place.path)).toSorted()).toEqual((await readdir(others.path)).toSorted());
    list.close();
    list.close();
    expect(deletedFiles()).toHaveLength(before);
    expect(() => list.at(0)).toThrow(RangeError);
  });

  test.skipIf(isRoot)("that cannot be made is said with what helps", async () => {
    await using place = await scratch();
    await chmod(place.to, 0o500);
    const list = new SpooledEntries({ temporary: place.to, memoryBytes: MEMORY });
    const fill = (): void => {
      for (let i = 0; i < 100; i++) add(list, entry(i));
    };
    expect(fill).toThrow(
      expect.objectContaining({ code: "cannot_write", hint: expect.stringContaining("TMPDIR") as string }) as Error,
    );
    list.close();
    await chmod(place.to, 0o700);
  });

  test("is not one that was put there by somebody else", async () => {
    await using place = await scratch();
    await writeFile(join(place.path, "duet-"), "mine");
    const spool = new Spool({ temporary: place.path, memoryBytes: 1 });
    for (const byte of [1, 2, 3]) spool.append(Uint8Array.of(byte));
    expect([...spool.read(0, 3)]).toEqual([1, 2, 3]);
    spool.close();
    expect((await stat(join(place.path, "duet-"))).size).toBe(4);
  });
});

test("a set of entries is a set", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(99), { maxLength: 50 }), (members) => {
      const set = new EntrySet(100);
      for (const member of members) set.add(member);
      const model = new Set(members);
      expect(Array.from({ length: 120 }, (_, i) => set.has(i))).toEqual(
        Array.from({ length: 120 }, (_, i) => model.has(i)),
      );
      expect(set.size).toBe(model.size);
    }),
  );
});
