/** Names that are taken, decided on one by one, over a whole transfer. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { receiveFiles } from "../../../src/transfer/receiving/receive.js";
import { sendFiles } from "../../../src/transfer/sending/send.js";
import type { TakenRule } from "../../../src/transfer/index.js";
import { agree, Rendezvous } from "../helpers/rendezvous.js";
import { scratch, snapshot } from "../../helpers/scratch.js";

let session: Awaited<ReturnType<typeof agree>>;
beforeAll(async () => {
  session = await agree();
});

test("each taken name goes by its own rule, which comes with the yes", async () => {
  await using place = await scratch();
  for (const root of [place.from, place.to]) {
    const text = root === place.to ? "old" : "new";
    for (const folder of ["d", "e"]) await mkdir(join(root, folder));
    for (const name of ["d/replaced", "d/kept", "d/beside.txt", "e/x", "top"]) await writeFile(join(root, name), text);
  }
  await writeFile(join(place.from, "d", "added"), "new");
  const rules = new Map<string, TakenRule>([
    ["d", "skip"],
    ["d/replaced", "overwrite"],
    ["d/kept", "skip"],
    ["top", "skip"],
  ]);
  const rendezvous = new Rendezvous([session]);
  const { signal } = new AbortController();
  const paths = ["d", "e", "top"].map((name) => join(place.from, name));
  const taken: string[] = [];
  const [, received] = await Promise.all([
    sendFiles({ exchange: rendezvous.sender, content: { paths }, signal }),
    receiveFiles({
      exchange: rendezvous.recipient,
      out: place.to,
      signal,
      consent: async (offer) => {
        let index = 0;
        for (const { path } of offer.entries) if (offer.isTaken(index++)) taken.push(path);
        return { accept: true, ruleFor: (path) => rules.get(path) ?? "rename" };
      },
    }),
  ]);
  // By the rule that was there before the yes nothing is gone into.
  expect(taken).toEqual(["d", "e", "top"]);
  const there = Object.keys(await snapshot(place.to));
  expect(there).toEqual(
    expect.arrayContaining(["d/added", "d/beside (1).txt", "d/beside.txt", "e (1)/x", "e/x", "top"]),
  );
  const read = (name: string) => readFile(join(place.to, name), "utf8");
  expect(
    await Promise.all(["d/replaced", "d/kept", "d/beside.txt", "d/beside (1).txt", "e/x", "e (1)/x", "top"].map(read)),
  ).toEqual(["new", "old", "old", "new", "old", "new", "old"]);
  expect(received.names.toSorted()).toEqual(["d", "e (1)"]);
});
