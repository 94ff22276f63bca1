import { execFileSync } from "node:child_process";
import { chmod, link, mkdir, symlink, unlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openSource } from "../../../src/transfer/sending/source.js";
import { walk } from "../../../src/transfer/sending/walk.js";
import { scratch } from "../../helpers/scratch.js";

const never = new AbortController().signal;
const isRoot = process.getuid?.() === 0;

test("a folder comes before what is in it, and the order is that of the names", async () => {
  await using place = await scratch();
  for (const name of ["b", "a/z", "a/B", "a/a", "é"]) {
    await mkdir(join(place.from, name, ".."), { recursive: true });
    await writeFile(join(place.from, name), name);
  }
  const { entries, skipped } = await walk([place.from], never);
  expect([...entries].map(({ path }) => path)).toEqual([
    "from",
    "from/a",
    "from/a/B",
    "from/a/a",
    "from/a/z",
    "from/b",
    "from/é",
  ]);
  expect(skipped).toEqual([]);
});

test("several paths with the same last part get numbers; the same path twice is one", async () => {
  await using place = await scratch();
  for (const folder of ["x", "y", "z"]) {
    await mkdir(join(place.from, folder));
    await writeFile(join(place.from, folder, "report.pdf"), folder);
  }
  await writeFile(join(place.from, "z", "Report.PDF"), "other case");
  const paths = ["x/report.pdf", "y/report.pdf", "x/../x/report.pdf", "z/Report.PDF"].map(
    (path) => `${place.from}/${path}`,
  );
  const walked = await walk(paths, never);
  expect([...walked.entries].map(({ path }) => path)).toEqual(["report.pdf", "report (1).pdf", "Report (2).PDF"]);
  expect(walked.localPath("report (1).pdf")).toBe(join(place.from, "y", "report.pdf"));
});

test("a trailing slash, a dot and a link to a folder are named as people see them", async () => {
  await using place = await scratch();
  await writeFile(join(place.from, "a"), "");
  await symlink(place.from, join(place.path, "latest"));
  expect((await walk([`${place.from}/`], never)).entries.at(0)?.path).toBe("from");
  expect((await walk([`${place.from}/.`], never)).entries.at(0)?.path).toBe("from");
  expect([...(await walk([join(place.path, "latest")], never)).entries].map(({ path }) => path)).toEqual([
    "latest",
    "latest/a",
  ]);
});

describe("left out, and said", () => {
  test("links that lead out of the folder", async () => {
    await using place = await scratch();
    await mkdir(join(place.from, "d"));
    await writeFile(join(place.from, "d", "a"), "");
    await symlink("a", join(place.from, "d", "inside"));
    await symlink("../d/a", join(place.from, "d", "round"));
    await symlink("../../to", join(place.from, "d", "out"));
    await symlink(join(place.from, "d", "a"), join(place.from, "d", "absolute"));
    const { entries, skipped } = await walk([place.from], never);
    expect([...entries].filter(({ type }) => type === "link")).toMatchObject([
      { path: "from/d/inside", target: "a" },
      { path: "from/d/round", target: "../d/a" },
    ]);
    expect(skipped.map(({ path, reason }) => [path, reason])).toEqual([
      ["from/d/absolute", "link"],
      ["from/d/out", "link"],
    ]);
  });

  test("sockets and pipes", async () => {
    await using place = await scratch();
    execFileSync("mkfifo", [join(place.from, "pipe")]);
    const server = createServer().listen(join(place.from, "socket"));
    await new Promise((resolve) => server.once("listening", resolve));
    await writeFile(join(place.from, "a"), "");
    const { entries, skipped } = await walk([place.from], never);
    server.close();
    expect([...entries].map(({ path }) => path)).toEqual(["from", "from/a"]);
    expect(skipped).toMatchObject([
      { path: "from/pipe", reason: "special" },
      { path: "from/socket", reason: "special" },
    ]);
  });

  test("but not a pipe or a device that was named: there the other way is told", async () => {
    await using place = await scratch();
    execFileSync("mkfifo", [join(place.from, "pipe")]);
    await expect(walk([join(place.from, "pipe")], never)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringMatching(/^a pipe cannot be sent as a file: .*pipe$/) as unknown,
      hint: expect.stringContaining("| duet send -") as unknown,
    });
    await expect(walk(["/dev/null"], never)).rejects.toMatchObject({
      message: expect.stringMatching(/^a device /) as unknown,
    });
  });

  test("names that the other side would refuse", async () => {
    await using place = await scratch();
    for (const name of ["aux.c", "ends in a dot.", "line\nfeed", "back\\slash", "README", "readme", "fine"])
      await writeFile(join(place.from, name), "");
    const { entries, skipped } = await walk([place.from], never);
    expect([...entries].map(({ path }) => path)).toEqual(["from", "from/README", "from/fine"]);
    expect(skipped.map(({ path, reason }) => [path, reason])).toEqual([
      ["from/aux.c", "name"],
      ["from/back\\slash", "name"],
      ["from/ends in a dot.", "name"],
      ["from/line\nfeed", "name"],
      ["from/readme", "collision"],
    ]);
  });

  test("names that are not UTF-8", async () => {
    await using place = await scratch();
    await writeFile(Buffer.concat([Buffer.from(`${place.from}/caf`), Buffer.from([0xe9])]), "");
    const { entries, skipped } = await walk([place.from], never);
    expect([...entries].map(({ path }) => path)).toEqual(["from"]);
    expect(skipped).toMatchObject([{ reason: "unreadable", detail: "has a name that is not UTF-8" }]);
  });

  test.skipIf(isRoot)("folders that may not be read", async () => {
    await using place = await scratch();
    await mkdir(join(place.from, "closed"), { mode: 0o000 });
    const { skipped } = await walk([place.from], never);
    expect(skipped).toMatchObject([{ path: "from/closed", reason: "unreadable" }]);
    await chmod(join(place.from, "closed"), 0o700);
  });
});

describe("before the relay is asked", () => {
  test.each([
    ["a path that is not there", "nothing", "usage"],
    ["a device", "/dev/null", "usage"],
    ["a whole disk", "/", "usage"],
  ])("%s is refused", async (_what, path, code) => {
    await using place = await scratch();
    await expect(walk([path === "nothing" ? join(place.from, path) : path], never)).rejects.toMatchObject({ code });
  });

  test("no path at all is refused", async () => {
    await expect(walk([], never)).rejects.toMatchObject({ code: "usage" });
  });

  test("a file that nobody could store is refused by name", async () => {
    await using place = await scratch();
    await writeFile(join(place.from, "evil\u001b."), "");
    await expect(walk([join(place.from, "evil\u001b.")], never)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("evil\\u{1b}.") as string,
    });
  });

  test("a text of more than 1 MiB is refused", async () => {
    await expect(openSource({ text: "x".repeat(2 ** 20 + 1) }, never)).rejects.toMatchObject({ code: "usage" });
  });

  test("a stream with a name that nobody could store is refused", async () => {
    const { Readable } = await import("node:stream");
    await expect(openSource({ stream: Readable.from([]), name: "../x" }, never)).rejects.toMatchObject({
      code: "usage",
    });
  });

  test("a walk that is interrupted ends", async () => {
    await using place = await scratch();
    await writeFile(join(place.from, "a"), "");
    await expect(walk([place.from], AbortSignal.abort(new Error("stop")))).rejects.toThrow("stop");
  });
});

test("a file that is replaced by a link before it is read is not followed", async () => {
  await using place = await scratch();
  await writeFile(join(place.from, "a"), "mine");
  await writeFile(join(place.path, "secret"), "1234");
  const source = await openSource({ paths: [join(place.from, "a")] }, never);
  await unlink(join(place.from, "a"));
  await symlink(join(place.path, "secret"), join(place.from, "a"));
  await expect(source.open(0)).rejects.toMatchObject({ code: "cannot_read" });
});

test("two names of one file are two files", async () => {
  await using place = await scratch();
  await writeFile(join(place.from, "a"), "x");
  await link(join(place.from, "a"), join(place.from, "b"));
  expect((await walk([place.from], never)).entries).toHaveLength(3);
});
