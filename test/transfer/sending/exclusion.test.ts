import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ExclusionRules } from "../../../src/transfer/sending/exclusion.js";
import { walk } from "../../../src/transfer/sending/walk.js";
import { scratch } from "../../helpers/scratch.js";

const never = new AbortController().signal;

/** Makes files, and says which of them are sent, below their folder, and how many things were left out. */
async function sent(files: Readonly<Record<string, string>>, rules: ExclusionRules): Promise<readonly unknown[]> {
  await using place = await scratch();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(place.from, path)), { recursive: true });
    await writeFile(join(place.from, path), text);
  }
  const { entries, excluded } = await walk([place.from], never, rules);
  try {
    return [...[...entries].slice(1).map(({ path }) => path.slice("from/".length)), excluded];
  } finally {
    entries.close();
  }
}

const TREE = { "a.log": "", "d/a.log": "", "d/keep.txt": "", "tmp/x": "", ".git/config": "" };

describe("left out of a folder", () => {
  test.each<[string, Readonly<Record<string, string>>, ExclusionRules, readonly unknown[]]>([
    [
      "nothing, unless asked for",
      TREE,
      {},
      [".git", ".git/config", "a.log", "d", "d/a.log", "d/keep.txt", "tmp", "tmp/x", 0],
    ],
    [
      "a name at any depth",
      TREE,
      { exclude: ["*.log"] },
      [".git", ".git/config", "d", "d/keep.txt", "tmp", "tmp/x", 2],
    ],
    ["a path from the top", TREE, { exclude: ["/a.log", "d/a.log", "tmp/", ".git"] }, ["d", "d/keep.txt", 4]],
    [
      "a folder as one thing, and no file of its name",
      { "x/tmp": "", "tmp/a/b": "" },
      { exclude: ["tmp/"] },
      ["x", "x/tmp", 1],
    ],
    [
      "not what a later pattern takes back",
      TREE,
      { exclude: ["*.log", "!d/a.log", ".git", "tmp"] },
      ["d", "d/a.log", "d/keep.txt", 3],
    ],
    ["with letter case as it is", { A: "", a: "" }, { exclude: ["a"] }, ["A", 1]],
    [
      "what .gitignore files say, each for its folder, the innermost last",
      {
        ".gitignore": "*.log\n# a comment\n/out\n",
        "a.log": "",
        "out/x": "",
        "d/.gitignore": "!a.log\n/local\n",
        "d/a.log": "",
        "d/local": "",
        "d/e/a.log": "",
        "d/e/local": "",
        local: "",
        ".git/config": "",
      },
      { gitIgnore: true },
      [".gitignore", "d", "d/.gitignore", "d/a.log", "d/e", "d/e/a.log", "d/e/local", "local", 4],
    ],
    [
      "nothing by a .gitignore, unless asked for",
      { ".gitignore": "*", a: "" },
      { exclude: ["b"] },
      [".gitignore", "a", 0],
    ],
    [
      "by both, where a .gitignore may take back",
      { ".gitignore": "!a", a: "", b: "" },
      { exclude: ["a", "b"], gitIgnore: true },
      [".gitignore", "a", 1],
    ],
  ])("%s", async (_what, files, rules, expected) => {
    expect(await sent(files, rules)).toEqual(expected);
  });

  test("never what a person names, and a folder stays when all in it is left out", async () => {
    await using place = await scratch();
    await mkdir(join(place.from, "d.log"));
    await writeFile(join(place.from, "a.log"), "");
    await writeFile(join(place.from, "d.log", "b.log"), "");
    const paths = ["a.log", "d.log"].map((name) => join(place.from, name));
    const { entries, excluded } = await walk(paths, never, { exclude: ["*.log"] });
    expect([...entries].map(({ path }) => path)).toEqual(["a.log", "d.log"]);
    expect(excluded).toBe(1);
    entries.close();
  });
});
