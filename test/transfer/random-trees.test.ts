import { mkdir, symlink, utimes, writeFile, chmod } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { collisionKey, nameFault } from "../../src/transfer/lists/names.js";
import { receiveFiles } from "../../src/transfer/receiving/receive.js";
import { sendFiles } from "../../src/transfer/sending/send.js";
import { agree, Rendezvous } from "./helpers/rendezvous.js";
import { scratch, snapshot } from "../helpers/scratch.js";

let session: Awaited<ReturnType<typeof agree>>;
beforeAll(async () => {
  session = await agree();
});

type Node =
  | { readonly type: "file"; readonly bytes: Uint8Array; readonly mode: number; readonly mtime: number }
  | { readonly type: "link" }
  | { readonly type: "dir"; readonly mode: number; readonly children: readonly (readonly [string, Node])[] };

// A file system holds what it is given; a name that it would change is none of ours.
const name = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 12 }),
    fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" }),
    fc.string({ minLength: 1, maxLength: 60, unit: "binary" }),
  )
  .filter((text) => nameFault(text) === undefined);
const file: fc.Arbitrary<Node> = fc.record({
  type: fc.constant("file" as const),
  bytes: fc.oneof(
    { weight: 5, arbitrary: fc.uint8Array({ maxLength: 40 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 60_000 }).map((length) => new Uint8Array(length).fill(7)) },
  ),
  mode: fc.integer({ min: 0o400, max: 0o777 }),
  mtime: fc.integer({ min: 0, max: 4_000_000_000_000 }),
});
const link: fc.Arbitrary<Node> = fc.constant({ type: "link" as const });
const { dir } = fc.letrec<{ dir: Node; node: Node }>((tie) => ({
  dir: fc.record({
    type: fc.constant("dir" as const),
    mode: fc.integer({ min: 0o500, max: 0o777 }).map((mode) => mode | 0o700),
    children: fc.uniqueArray(fc.tuple(name, tie("node")), { selector: ([text]) => collisionKey(text), maxLength: 6 }),
  }),
  node: fc.oneof({ depthSize: "small", withCrossShrink: true }, file, link, tie("dir")),
}));

async function make(path: string, node: Node): Promise<void> {
  if (node.type === "link") return await symlink("../somewhere/./in it", path).catch(() => {});
  if (node.type === "file") {
    await writeFile(path, node.bytes);
    await chmod(path, node.mode);
    return await utimes(path, node.mtime / 1000, node.mtime / 1000);
  }
  await mkdir(path);
  for (const [child, inner] of node.children) await make(join(path, child), inner);
  await chmod(path, node.mode);
}

test("any tree arrives as it was", async () => {
  await fc.assert(
    fc.asyncProperty(dir, async (tree) => {
      await using place = await scratch();
      const root = join(place.from, "tree");
      await make(root, { type: "dir", mode: 0o755, children: [["inner", tree]] });
      const rendezvous = new Rendezvous([session]);
      const signal = new AbortController().signal;
      const sending = sendFiles({ exchange: rendezvous.sender, content: { paths: [root] }, signal });
      await receiveFiles({
        exchange: rendezvous.recipient,
        out: place.to,
        consent: async () => ({ accept: true }),
        umask: 0,
        signal,
      });
      await sending;
      const [expected, actual] = [await snapshot(place.from), await snapshot(place.to)];
      expect(actual).toEqual(expected);
    }),
    { numRuns: 40 },
  );
});
