/** What a transfer may replace under every rule: the files that it has put there itself, and no other. */
import { mkdir, readdir, readFile, rename, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { JournalRecord } from "../../../src/transfer/journal/journal-records.js";
import type { JournalStore } from "../../../src/transfer/journal/journal-store.js";
import { receiveFiles } from "../../../src/transfer/receiving/receive.js";
import type { ReceiveOptions } from "../../../src/transfer/receiving/receive-options.js";
import { sendFiles } from "../../../src/transfer/sending/send.js";
import { agree, Rendezvous } from "../helpers/rendezvous.js";
import { type Scratch, scratch } from "../../helpers/scratch.js";

let session: Awaited<ReturnType<typeof agree>>;
beforeAll(async () => {
  session = await agree();
});

const never = new AbortController().signal;
const MODIFIED = new Date("2026-01-02T03:04:05.678Z");

/** A journal that is there for the next run, as if the process had died after its last record. */
function remembering(): JournalStore {
  const records: JournalRecord[] = [];
  return {
    open: async () => ({
      mark: "0123456789ab",
      outlives: true,
      takeEarlier: () => [...records],
      append: async (record) => void records.push(record),
      close: async () => {},
      remove: async () => {},
    }),
  };
}

async function run(place: Scratch, what: string, options: Partial<ReceiveOptions>): Promise<readonly string[]> {
  const rendezvous = new Rendezvous([session]);
  const [, { names }] = await Promise.all([
    sendFiles({ exchange: rendezvous.sender, content: { paths: [join(place.from, what)] }, signal: never }),
    receiveFiles({
      exchange: rendezvous.recipient,
      out: place.to,
      consent: async () => ({ accept: true }),
      signal: never,
      ...options,
    }),
  ]);
  return names;
}

async function write(path: string, text: string, time = MODIFIED): Promise<void> {
  await writeFile(path, text);
  await utimes(path, time, time);
}

/** The same name, size and time, and another file, as other programs make it that keep times. */
async function replaceBy(text: string, path: string): Promise<void> {
  await write(`${path}.other`, text);
  await rename(`${path}.other`, path);
}

async function texts(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of (await readdir(folder)).sort()) found[name] = await readFile(join(folder, name), "utf8");
  return found;
}

describe("regression: a file of the same name, size and time was taken for what the transfer itself was about to put there", () => {
  test.each([
    ["rename", { a: "mine", "a (1)": "sent" }],
    ["skip", { a: "mine" }],
  ] as const)("that appears after the yes, by the rule %s", async (rule, expected) => {
    await using place = await scratch();
    await write(join(place.from, "a"), "sent");
    const consent = async () => {
      await write(join(place.to, "a"), "mine");
      return { accept: true } as const;
    };
    await run(place, "a", { rule, consent });
    expect(await texts(place.to)).toEqual(expected);
  });

  test("that was there before, beside which the sender's was put", async () => {
    await using place = await scratch();
    for (const folder of [place.from, place.to]) await mkdir(join(folder, "d"));
    await write(join(place.from, "d", "a"), "sent");
    await write(join(place.to, "d", "a"), "mine");
    const consent = async () => ({
      accept: true as const,
      ruleFor: (path: string) => (path === "d" ? ("skip" as const) : ("rename" as const)),
    });
    const journals = remembering();
    await run(place, "d", { journals, consent });
    expect(await texts(join(place.to, "d"))).toEqual({ a: "mine", "a (1)": "sent" });
    await write(join(place.from, "d", "a"), "newer", new Date());
    await run(place, "d", { journals, consent });
    expect((await texts(join(place.to, "d")))["a"]).toBe("mine");
  });
});

describe("when the sender's file is another one now", () => {
  test.each(["rename", "skip", "overwrite"] as const)("what was put there is replaced by the rule %s", async (rule) => {
    await using place = await scratch();
    const journals = remembering();
    await write(join(place.from, "a"), "first");
    await run(place, "a", { rule, journals });
    await write(join(place.from, "a"), "second", new Date());
    expect(await run(place, "a", { rule, journals })).toEqual(["a"]);
    expect(await texts(place.to)).toEqual({ a: "second" });
  });

  test.each([
    ["rename", { a: "other", "a (1)": "second" }],
    ["skip", { a: "other" }],
  ] as const)("a file that has taken its place is left alone by the rule %s", async (rule, expected) => {
    await using place = await scratch();
    const journals = remembering();
    await write(join(place.from, "a"), "first");
    await run(place, "a", { rule, journals });
    await replaceBy("other", join(place.to, "a"));
    await write(join(place.from, "a"), "second", new Date());
    await run(place, "a", { rule, journals });
    expect(await texts(place.to)).toEqual(expected);
  });

  test("what was edited after it had arrived is left alone", async () => {
    await using place = await scratch();
    const journals = remembering();
    await write(join(place.from, "a"), "first");
    await run(place, "a", { journals });
    await writeFile(join(place.to, "a"), "edits");
    await write(join(place.from, "a"), "second", new Date());
    await run(place, "a", { journals });
    expect(await texts(place.to)).toEqual({ a: "edits", "a (1)": "second" });
  });
});
