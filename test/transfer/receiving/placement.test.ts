import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type ManifestEntry, PathTable } from "../../../src/protocol/index.js";
import { collisionKey } from "../../../src/transfer/lists/names.js";
import type { TakenRule } from "../../../src/transfer/disk/publish.js";
import type { RuleFor } from "../../../src/transfer/receiving/placement.js";
import { place as placeIn } from "../../../src/transfer/receiving/planner.js";
import { findRoot } from "../../../src/transfer/receiving/root.js";
import { receiveFiles } from "../../../src/transfer/receiving/receive.js";
import { sendFiles } from "../../../src/transfer/sending/send.js";
import { agree, Rendezvous } from "../helpers/rendezvous.js";
import { scratch } from "../../helpers/scratch.js";

let session: Awaited<ReturnType<typeof agree>>;
beforeAll(async () => {
  session = await agree();
});

const never = new AbortController().signal;
const file = (path: string): ManifestEntry => ({ path, type: "file", size: 1 });
const dir = (path: string): ManifestEntry => ({ path, type: "dir", size: 0 });

function offered(entries: readonly ManifestEntry[]) {
  const paths = new PathTable({ fold: collisionKey });
  for (const { path, type } of entries) paths.add(path, type);
  return { manifest: { head: { kind: "files", entries: entries.length, bytes: 1 } as const, entries }, paths };
}

async function place(to: string, rule: TakenRule | RuleFor, ...entries: readonly ManifestEntry[]) {
  const ruleFor = typeof rule === "string" ? () => rule : rule;
  const placement = await placeIn(await findRoot(to), offered(entries), ruleFor);
  return entries.map((_entry, index) => (placement.isSkipped(index) ? "skipped" : placement.savedAs(index)));
}

describe("where things go", () => {
  test("a free name stays as it is, with every rule", async () => {
    await using there = await scratch();
    for (const rule of ["overwrite", "rename", "skip"] as const)
      expect(await place(there.to, rule, dir("d"), file("d/a"), file("b"))).toEqual(["d", "d/a", "b"]);
  });

  test("rename gives the first free number, to a folder as a whole", async () => {
    await using there = await scratch();
    for (const name of ["a.txt", "a (1).txt"]) await writeFile(join(there.to, name), "");
    await mkdir(join(there.to, "d"));
    expect(await place(there.to, "rename", file("a.txt"), file("a (2).txt"), dir("d"), file("d/x"))).toEqual([
      "a (3).txt",
      "a (2).txt",
      "d (1)",
      "d (1)/x",
    ]);
  });

  test("overwrite replaces files and goes into folders", async () => {
    await using there = await scratch();
    await mkdir(join(there.to, "d", "e"), { recursive: true });
    await writeFile(join(there.to, "d", "x"), "");
    expect(await place(there.to, "overwrite", dir("d"), file("d/x"), dir("d/e"), file("d/e/y"), file("new"))).toEqual([
      "d",
      "d/x",
      "d/e",
      "d/e/y",
      "new",
    ]);
  });

  test("overwrite takes no folder for a file, nor a file for a folder: topmost they get another name", async () => {
    await using there = await scratch();
    await mkdir(join(there.to, "a"));
    await writeFile(join(there.to, "d"), "");
    expect(await place(there.to, "overwrite", file("a"), dir("d"), file("d/x"))).toEqual(["a (1)", "d (1)", "d (1)/x"]);
  });

  test.each([
    ["a folder in the way of a file", [dir("d"), file("d/e")]],
    ["a file in the way of a folder", [dir("d"), dir("d/x"), file("d/x/y")]],
    ["a file in the way of an implied folder", [dir("d"), file("d/x/y")]],
  ])("overwrite refuses %s further in, before anybody is asked", async (_what, entries) => {
    await using there = await scratch();
    await mkdir(join(there.to, "d", "e"), { recursive: true });
    await writeFile(join(there.to, "d", "x"), "");
    await expect(place(there.to, "overwrite", ...entries)).rejects.toMatchObject({
      code: "cannot_write",
      message: "the destination cannot be written",
      hint: expect.stringContaining("in the way") as string,
    });
  });

  test("skip leaves what is there alone, and adds what is missing", async () => {
    await using there = await scratch();
    await mkdir(join(there.to, "d", "e"), { recursive: true });
    await writeFile(join(there.to, "d", "x"), "");
    const entries = [
      dir("d"),
      file("d/x"),
      file("d/y"),
      dir("d/e"),
      file("d/e/z"),
      dir("d/x2"),
      file("d/x2/a"),
      file("d/e2"),
    ];
    expect(await place(there.to, "skip", ...entries)).toEqual([
      "d",
      "skipped",
      "d/y",
      "d/e",
      "d/e/z",
      "d/x2",
      "d/x2/a",
      "d/e2",
    ]);
    expect(await place(there.to, "skip", dir("d"), dir("d/x"), file("d/x/y"), file("d/e"))).toEqual([
      "d",
      "skipped",
      "skipped",
      "skipped",
    ]);
  });
});

describe("a rule for each name", () => {
  test("goes into one folder and not into another, and inside replaces one file and keeps the next", async () => {
    await using there = await scratch();
    for (const folder of ["d", "e"]) await mkdir(join(there.to, folder));
    for (const name of ["d/x", "d/y", "d/z", "e/x"]) await writeFile(join(there.to, name), "");
    const rules = new Map<string, TakenRule>([
      ["d", "overwrite"],
      ["d/x", "overwrite"],
      ["d/y", "skip"],
    ]);
    const entries = [dir("d"), file("d/x"), file("d/y"), file("d/z"), file("d/new"), dir("e"), file("e/x")];
    const placed = await place(there.to, (path) => rules.get(path) ?? "rename", ...entries);
    // Which number `d/z` gets is found out when it is complete.
    expect(placed).toEqual(["d", "d/x", "skipped", "d/z", "d/new", "e (1)", "e (1)/x"]);
  });

  test("is asked for every name that is taken, and for no other", async () => {
    await using there = await scratch();
    await mkdir(join(there.to, "d", "sub"), { recursive: true });
    for (const name of ["a", "d/x"]) await writeFile(join(there.to, name), "");
    const asked: string[] = [];
    const ruleFor: RuleFor = (path) => (asked.push(path), "overwrite");
    const entries = [file("a"), file("b"), dir("d"), file("d/x"), file("d/y"), dir("d/sub")];
    const placement = await placeIn(await findRoot(there.to), offered(entries), ruleFor);
    expect(asked).toEqual(["a", "d", "d/x"]);
    expect(entries.flatMap(({ path }, index) => (placement.taken.has(index) ? [path] : []))).toEqual(asked);
  });
});

describe("the folder that receives", () => {
  test("is made if the one around it is there", async () => {
    await using there = await scratch();
    expect(await findRoot(join(there.to, "new"))).toEqual({ path: join(there.to, "new"), isMissing: true });
    await expect(findRoot(join(there.to, "new", "er"))).rejects.toMatchObject({ code: "cannot_write" });
  });

  test("may be a link, and is not a file", async () => {
    await using there = await scratch();
    await symlink(there.to, join(there.path, "link"));
    await writeFile(join(there.path, "file"), "");
    expect(await findRoot(join(there.path, "link"))).toEqual({ path: there.to, isMissing: false });
    await expect(findRoot(join(there.path, "file"))).rejects.toMatchObject({ code: "cannot_write" });
    await expect(findRoot(join(there.path, "file", "x"))).rejects.toMatchObject({ code: "cannot_write" });
  });
});

describe("a whole transfer onto names that are taken", () => {
  test.each([
    ["overwrite", { a: "new", "d/a": "new", "d/b": "new", "d/mine": "mine" }, []],
    ["rename", { a: "old", "a (1)": "new", "d/a": "old", "d/mine": "mine", "d (1)/a": "new", "d (1)/b": "new" }, []],
    ["skip", { a: "old", "d/a": "old", "d/b": "new", "d/mine": "mine" }, ["a", "d/a"]],
  ] as const)("with %s", async (rule, expected, skipped) => {
    await using there = await scratch();
    for (const [folder, names, content] of [
      [there.from, ["a", "d/a", "d/b"], "new"],
      [there.to, ["a", "d/a"], "old"],
      [there.to, ["d/mine"], "mine"],
    ] as const) {
      await mkdir(join(folder, "d"), { recursive: true });
      for (const name of names) await writeFile(join(folder, name), content);
    }
    const rendezvous = new Rendezvous([session]);
    const told: string[] = [];
    const sending = sendFiles({
      exchange: rendezvous.sender,
      content: { paths: ["a", "d"].map((name) => join(there.from, name)) },
      signal: never,
    });
    await receiveFiles({
      exchange: rendezvous.recipient,
      out: there.to,
      rule,
      consent: async () => ({ accept: true }),
      signal: never,
      onEvent: (event) => event.event === "skipped" && told.push(event.path),
    });
    await sending;
    const found: Record<string, string> = {};
    for (const entry of await readdir(there.to, { recursive: true, withFileTypes: true })) {
      if (entry.isFile())
        found[join(entry.parentPath, entry.name).slice(there.to.length + 1)] = await readFile(
          join(entry.parentPath, entry.name),
          "utf8",
        );
    }
    expect(found).toEqual(expected);
    expect(told).toEqual(skipped);
  });

  test("that was taken only after the yes is not overwritten", async () => {
    await using there = await scratch();
    await writeFile(join(there.from, "a"), "new");
    const rendezvous = new Rendezvous([session]);
    const sending = sendFiles({
      exchange: rendezvous.sender,
      content: { paths: [join(there.from, "a")] },
      signal: never,
    });
    const consent = async () => {
      await writeFile(join(there.to, "a"), "old");
      return { accept: true } as const;
    };
    const received = await receiveFiles({ exchange: rendezvous.recipient, out: there.to, consent, signal: never });
    await sending;
    expect(received.names).toEqual(["a (1)"]);
    expect(await readFile(join(there.to, "a"), "utf8")).toBe("old");
  });
});

describe("a changed list after a loss", () => {
  test("meets what was there before the transfer again, and not what the transfer itself has put there", async () => {
    await using there = await scratch();
    await mkdir(join(there.to, "d"));
    await writeFile(join(there.to, "d", "mine"), "");
    const root = await findRoot(there.to);
    const placement = await placeIn(root, offered([dir("d"), file("d/a")]), () => "skip");
    await writeFile(join(there.to, "d", "a"), "");
    const entries = [dir("d"), file("d/a"), file("d/mine"), file("d/new")];
    const again = await placeIn(root, offered(entries), () => "skip", {
      nameOf: () => "d",
      isEntered: (top) => placement.entered.has(top),
      isOwn: async (path) => path === "d/a",
    });
    expect(entries.map((_entry, index) => again.isSkipped(index))).toEqual([false, false, true, false]);
  });
});
