import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HASH_KEY_BYTES, NameHash } from "../../src/protocol/name-hash.js";
import { PathTable } from "../../src/protocol/path-table.js";
import { PATHS_MAX } from "../../src/protocol/paths.js";
import { hex, utf8 } from "../../src/protocol/bytes.js";
import { outcome, problem } from "./support.js";

describe("HalfSipHash-2-4 of 64 bits", () => {
  /** `vectors_hsip64` of the reference implementation: key 00 to 07, input 00, 01, 02 …, by the length of the input. */
  test.each([
    [8, "edfee820bce4858c"],
    [10, "95b0469f06a6f2ee"],
    [12, "7bc71f9faef5c799"],
    [14, "3bb1a870eae8e658"],
    [16, "7336aad25f7bf3b5"],
    [18, "c9b2db2b9a3e42f9"],
    [20, "1bf52b0a6feea7db"],
    [34, "8324e4d7528f9830"],
    [48, "a9eaa8c04ba93e3e"],
    [62, "f90b3ab572d46693"],
  ])("of %i bytes is what the reference says", (length, expected) => {
    const hash = new NameHash(Uint8Array.from({ length: HASH_KEY_BYTES }, (_, i) => i));
    const units = Array.from({ length: (length - 8) / 2 }, (_, i) => (2 * i + 8) | ((2 * i + 9) << 8));
    hash.update(0x03020100, 0x07060504, String.fromCharCode(...units));
    const out = new Uint8Array(8);
    new DataView(out.buffer).setUint32(0, hash.high, true);
    new DataView(out.buffer).setUint32(4, hash.low, true);
    expect(hex(out)).toBe(expected);
  });
});

type Type = "file" | "dir" | "link";

/** The same rules, as plainly as they can be said. */
class Model {
  readonly #listed = new Map<string, Type>();
  readonly #implied = new Set<string>();
  readonly #spelled = new Map<string, string>();

  /** @returns whether the path may come */
  add(path: string, type: Type): boolean {
    const parts = path.split("/");
    const above = parts.slice(1).map((_part, i) => parts.slice(0, i + 1).join("/"));
    for (const each of [...above, path]) {
      const spelled = this.#spelled.get(each.toLowerCase());
      if (spelled !== undefined && spelled !== each) return false;
    }
    for (const each of above) if (["file", "link"].includes(this.#listed.get(each) ?? "")) return false;
    if (this.#listed.has(path) || this.#implied.has(path)) return false;
    this.#listed.set(path, type);
    for (const each of above) if (!this.#listed.has(each)) this.#implied.add(each);
    for (const each of [...above, path]) this.#spelled.set(each.toLowerCase(), each);
    return true;
  }

  has(path: string): boolean {
    return this.#listed.has(path) || this.#implied.has(path);
  }

  meets(path: string): boolean {
    return this.#spelled.has(path.toLowerCase());
  }
}

const lowerCase = (name: string): string => name.toLowerCase();

test("the table takes and knows the paths that a plain model does", () => {
  const name = fc.constantFrom("a", "A", "b", "ab", "\u{1f600}", "é");
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
  const type = fc.constantFrom<Type>("file", "dir", "dir", "link");
  fc.assert(
    fc.property(fc.array(fc.tuple(path, type), { maxLength: 60 }), path, (paths, other) => {
      const table = new PathTable({ fold: lowerCase });
      const model = new Model();
      for (const [each, kind] of paths) {
        const isTaken = outcome(() => table.add(each, kind)) !== "bad_message";
        expect(isTaken).toBe(model.add(each, kind));
        // One refusal ends a list; what the table holds behind it says nothing.
        if (!isTaken) return;
      }
      for (const [each] of [...paths, [other] as const]) {
        expect(table.has(each)).toBe(model.has(each));
        expect(table.has(each.toUpperCase())).toBe(model.has(each.toUpperCase()));
        expect(table.meets(each.toUpperCase())).toBe(model.meets(each));
      }
    }),
    { numRuns: 300 },
  );
});

test("a table that has grown many times knows every path, and no other", () => {
  const table = new PathTable();
  const path = (i: number): string => `d${i % 300}/${i % 7}/f${i}`;
  for (let i = 0; i < 50_000; i++) table.add(path(i), "file");
  for (let i = 0; i < 50_000; i++) expect([table.has(path(i)), table.has(`${path(i)}x`)]).toEqual([true, false]);
  expect(() => table.add(path(49_999), "file")).toThrow(problem("bad_message"));
});

test("every table has its own hashes, so nobody can choose names that meet in it", () => {
  const key = (byte: number) => (length: number) => new Uint8Array(length).fill(byte);
  const hashes = [0, 1].map((byte) => {
    const hash = new NameHash(key(byte)(HASH_KEY_BYTES));
    hash.update(0, 0, "name");
    return [hash.high, hash.low];
  });
  expect(hashes[0]).not.toEqual(hashes[1]);
  const drawn: number[] = [];
  new PathTable({ random: (length) => (drawn.push(length), new Uint8Array(length)) }).add("a", "file");
  expect(drawn).toEqual([HASH_KEY_BYTES]);
});

test("a spelling that is refused is said so that a terminal can show it", () => {
  const table = new PathTable({ fold: lowerCase });
  table.add("a/\u202eb", "file");
  expect(() => table.add("a/\u202eB", "file")).toThrow(
    problem("bad_message", {
      message: expect.stringMatching(/^a\/\\u\{202e\}B and another path differ only in case/) as string,
    }),
  );
});

test("no manifest names more paths than its receiver can hold, implied ones included", () => {
  const table = new PathTable();
  const deep = (i: number): string => `${i}/${"a/".repeat(2000)}f`;
  expect(utf8(deep(1_000)).length).toBeLessThan(4096);
  const add = (): void => {
    for (let i = 0; i <= PATHS_MAX / 2000; i++) table.add(deep(i), "file");
  };
  expect(add).toThrow(problem("bad_message"));
});
