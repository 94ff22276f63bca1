/** A folder becomes a link while a transfer writes into it, by somebody else who may write there too. */
import { mkdirSync, renameSync, symlinkSync } from "node:fs";
import { chmod, mkdir, readdir, rename, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { beforeAll, describe, expect, test } from "vitest";
import { openChecked, openPinned } from "../../../src/transfer/disk/folder-handle.js";
import { Folders } from "../../../src/transfer/disk/folders.js";
import { Disk } from "../../../src/transfer/disk/disk.js";
import { PartFile } from "../../../src/transfer/disk/part-file.js";
import { attackWith, dir, file, manifest } from "../helpers/attack.js";
import { agree } from "../helpers/rendezvous.js";
import { scratch, type Scratch, snapshot } from "../../helpers/scratch.js";
import { frame, jsonLines } from "../helpers/wire-peer.js";

let session: Awaited<ReturnType<typeof agree>>;
beforeAll(async () => {
  session = await agree();
});

/** Somebody's own folder, with names in it that the transfer has too. @returns what is in it */
async function outside({ from }: Scratch): Promise<Record<string, string>> {
  await mkdir(join(from, "e"));
  for (const name of ["a", "b", "c", "e/x"]) await writeFile(join(from, name), "mine");
  await chmod(from, 0o711);
  await utimes(from, 1, 1);
  return await all(from);
}

/** What is in a folder, and what it is itself. */
async function all(folder: string): Promise<Record<string, string>> {
  const { mode, mtimeMs } = await stat(folder);
  return { ...(await snapshot(folder)), ".": `${mode} ${mtimeMs}` };
}

describe.runIf(process.platform === "linux")(
  "a folder is held, so that what takes its place is not gone through",
  () => {
    test.each(["overwrite", "rename", "skip"] as const)("between two files, with %s", async (rule) => {
      await using place = await scratch();
      const before = await outside(place);
      let swapped = (): void => {};
      const swap = new Promise<void>((resolve) => (swapped = resolve));
      const { error, told } = await attackWith(
        session,
        place.to,
        async (sender, accepted) => {
          await sender.send(
            "manifest",
            manifest(dir("d"), file("d/a"), file("d/b", 2), file("d/c"), dir("d/e"), file("d/e/x")),
          );
          await accepted;
          await sender.send("body", Buffer.concat([frame(1, 0, Buffer.from("a")), frame(2, 0, Buffer.from("b"))]));
          await swap;
          const rest = [frame(2, 1, Buffer.from("b")), frame(3, 0, Buffer.from("c")), frame(5, 0, Buffer.from("x"))];
          await sender.send("body", Buffer.concat(rest));
          await sender.send("end", jsonLines({ entries: 6, failed: 0, bytes: 5 }));
        },
        {
          rule,
          onEvent: (event) => {
            if (event.event !== "file" || event.path !== "d/a") return;
            renameSync(join(place.to, "d"), join(place.to, "aside"));
            symlinkSync(place.from, join(place.to, "d"));
            swapped();
          },
        },
      );
      expect(await all(place.from)).toEqual(before);
      // What arrived is not where it should be.
      expect(error).toMatchObject({ code: "cannot_write", message: "something is in the way of the folder d" });
      expect(told).toMatchObject({ code: "cannot_write" });
      expect((await readdir(join(place.to, "aside"))).sort()).toEqual(["a", "b", "c", "e"]);
    });

    test("the folder that receives itself is found by the way that was looked at before the yes", async () => {
      await using place = await scratch();
      const before = await outside(place);
      const { error } = await attackWith(
        session,
        place.to,
        async (sender, accepted) => {
          await sender.send("manifest", manifest(file("a")));
          await accepted;
        },
        {
          rule: "overwrite",
          consent: async () => {
            await rename(place.to, join(place.path, "aside"));
            await symlink(place.from, place.to);
            return { accept: true };
          },
        },
      );
      expect(error).toMatchObject({ code: "cannot_write" });
      expect(await all(place.from)).toEqual(before);
    });

    test("a swap at any moment, over and over", async () => {
      await using place = await scratch();
      const before = await outside(place);
      const [d, aside] = [join(place.to, "d"), join(place.to, "aside")];
      await mkdir(d);
      const files = Array.from({ length: 200 }, (_, number) => (number < 3 ? "abc".charAt(number) : `n${number}`));
      await using swapper = await swapping(d, aside, place.from);
      for (let round = 0; round < 5; round++) {
        await attackWith(
          session,
          place.to,
          async (sender, accepted) => {
            await sender.send("manifest", manifest(...files.map((name) => file(`d/${name}`))));
            await accepted;
            for (const index of files.keys()) await sender.send("body", frame(index, 0, Buffer.from("x")));
            await sender.send("end", jsonLines({ entries: files.length, failed: 0, bytes: files.length }));
          },
          // From the moment on at which the folder has been looked at and found good.
          { rule: "overwrite", onEvent: ({ event }) => event === "file" && swapper.run() },
        );
        await swapper.pause();
        expect(await all(place.from)).toEqual(before);
      }
      expect(swapper.count()).toBeGreaterThan(0);
    });
  },
);

/** What the thread below is to do, in the first number that it shares; in the second, how often it has. */
const [PAUSE, RUN, END] = [0, 1, 2];

/** A thread that puts a link in the place of a folder and takes it away again, as fast as it can. */
async function swapping(folder: string, aside: string, target: string) {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const source = `
    const { renameSync, symlinkSync, unlinkSync } = require("node:fs");
    const { parentPort, workerData } = require("node:worker_threads");
    const { folder, aside, target, shared } = workerData;
    for (let state = ${PAUSE}; state !== ${END}; state = Atomics.load(shared, 0)) {
      if (state === ${PAUSE}) {
        parentPort.postMessage("pausing");
        Atomics.wait(shared, 0, ${PAUSE});
      } else {
        renameSync(folder, aside);
        symlinkSync(target, folder);
        unlinkSync(folder);
        renameSync(aside, folder);
        Atomics.add(shared, 1, 1);
      }
    }`;
  const worker = new Worker(source, { eval: true, workerData: { folder, aside, target, shared } });
  const ended = once(worker, "exit");
  await once(worker, "message");
  const ask = (state: number): void => {
    Atomics.store(shared, 0, state);
    Atomics.notify(shared, 0);
  };
  return {
    run: () => ask(RUN),
    /** Resolves when the folder is where it was. */
    async pause(): Promise<void> {
      const paused = once(worker, "message");
      ask(PAUSE);
      await paused;
    },
    count: () => Atomics.load(shared, 1),
    async [Symbol.asyncDispose]() {
      ask(END);
      await ended;
    },
  };
}

const ways = [
  ["held", openPinned],
  ["looked at again", openChecked],
] as const;
const here = process.platform === "linux" ? ways : ways.slice(1);

describe.each(here)("a folder that is %s", (_way, open) => {
  const records = { isOwn: () => false, willMake: async () => {} };

  test("is not made, entered or opened through a link in its place", async () => {
    await using place = await scratch();
    await symlink(place.from, join(place.to, "d"));
    const folders = new Folders(place.to, 0, records, open);
    await expect(folders.ensure("d/e")).rejects.toMatchObject({ code: "cannot_write" });
    await folders.close();
    expect(await readdir(place.from)).toEqual([]);
  });

  test("is not made through a folder that has become a link", async () => {
    await using place = await scratch();
    const before = await outside(place);
    const folders = new Folders(place.to, 0, records, open);
    await using _held = await folders.ensure("d");
    await rename(join(place.to, "d"), join(place.to, "aside"));
    await symlink(place.from, join(place.to, "d"));
    await folders.ensure("d/new").then(
      (folder) => folder.close(),
      () => {},
    );
    await expect(folders.settle(new Map([["d", { mode: 0o755, mtime: 0 }]]))).rejects.toMatchObject({
      code: "cannot_write",
    });
    await folders.removeEmpty();
    await folders.close();
    expect(await all(place.from)).toEqual(before);
  });

  test("gets no part, and none is published, when it has become a link", async () => {
    await using place = await scratch();
    const before = await outside(place);
    const folders = new Folders(place.to, 0, records, open);
    const disk = new Disk();
    await using folder = await folders.ensure("d");
    const part = await PartFile.create(disk, folder, "a", "mark");
    await part.write(Buffer.from("x"), 0);
    await rename(join(place.to, "d"), join(place.to, "aside"));
    await symlink(place.from, join(place.to, "d"));
    const entry = { path: "d/a", type: "file", size: 1 } as const;
    await part.complete(entry, { folder, name: "a", rule: "overwrite" }, 0, async () => {}).catch(() => {});
    await PartFile.create(disk, folder, "b", "mark").then(
      (other) => other.discard(),
      () => {},
    );
    await part.discard();
    await folders.close();
    expect(await all(place.from)).toEqual(before);
  });

  test("is told from another one of its name", async () => {
    await using place = await scratch();
    const root = await open(place.to);
    mkdirSync(join(place.to, "d"));
    const folder = await root.open("d");
    expect(await root.holds("d", folder)).toBe(true);
    renameSync(join(place.to, "d"), join(place.to, "aside"));
    expect(await root.holds("d", folder)).toBe(false);
    mkdirSync(join(place.to, "d"));
    expect(await root.holds("d", folder)).toBe(false);
    await folder.close();
    await root.close();
  });

  test("is let go of: no more are open than are kept, however many there are", async () => {
    await using place = await scratch();
    const folders = new Folders(place.to, 0, records, open);
    const opened = await descriptors();
    for (let number = 0; number < 300; number++) await (await folders.ensure(`d/${number}/e`)).close();
    expect((await descriptors()) - opened).toBeLessThanOrEqual(64);
    await folders.settle(new Map());
    await folders.close();
    expect(await descriptors()).toBe(opened);
    expect(await readdir(join(place.to, "d"))).toHaveLength(300);
  });
});

/** How many are open in this process, where the system says. */
async function descriptors(): Promise<number> {
  return process.platform === "linux" ? (await readdir("/proc/self/fd")).length : 0;
}
