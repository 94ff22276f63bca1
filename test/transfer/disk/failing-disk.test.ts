/** Disks that fail, in the middle of a transfer and before: what is told, to whom, and what is left. */
import { spawnSync } from "node:child_process";
import { chmod, link as hardLink, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { exitCode } from "../../../src/protocol/problem.js";
import { Disk } from "../../../src/transfer/disk/disk.js";
import { openFolder } from "../../../src/transfer/disk/folder-handle.js";
import { cannotWrite } from "../../../src/transfer/fs-errors.js";
import { PartFile } from "../../../src/transfer/disk/part-file.js";
import type { ReceiveOptions } from "../../../src/transfer/receiving/receive-options.js";
import { attackWith, dir, file, manifest, type Play } from "../helpers/attack.js";
import { agree } from "../helpers/rendezvous.js";
import { problem, scratch } from "../../helpers/scratch.js";
import { frame, jsonLines } from "../helpers/wire-peer.js";

let session: Awaited<ReturnType<typeof agree>>;
beforeAll(async () => {
  session = await agree();
});

const receive = (to: string, play: Play, options: Partial<ReceiveOptions> = {}) =>
  attackWith(session, to, play, options);

const MIB = 1024 * 1024;

function mountMemory(options: string, at: string): boolean {
  return spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", at]).status === 0;
}

function unmount(at: string): boolean {
  return spawnSync("umount", [at]).status === 0;
}

/** Root may mount, but in most containers not even root. */
async function findCanMount(): Promise<boolean> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  await using place = await scratch();
  return mountMemory("size=1m", place.to) && unmount(place.to);
}
const canMount = await findCanMount();

/** A small file system of its own, as the folder that receives. */
async function smallDisk(options: string) {
  const place = await scratch();
  expect(mountMemory(options, place.to)).toBe(true);
  return {
    to: place.to,
    async [Symbol.asyncDispose]() {
      unmount(place.to);
      await place[Symbol.asyncDispose]();
    },
  };
}

/** Two files of half a MiB, and what is in the first. */
const half = Buffer.alloc(MIB / 2, "x");
const deliver: Play = async (sender, accepted) => {
  await sender.send("manifest", manifest(file("a", half.length), file("b", half.length)));
  await accepted;
  await sender.send("body", Buffer.concat([frame(0, 0, half), frame(1, 0, half)]));
  await sender.send("end", jsonLines({ entries: 2, failed: 0, bytes: MIB }));
};

describe.runIf(canMount)("on a disk of 2 MiB (where memory disks may be mounted)", () => {
  test("that is filled after the yes, the sender is told that there is no room, and no part stays", async () => {
    await using disk = await smallDisk("size=2m");
    const consent = async () => {
      await writeFile(join(disk.to, "mine"), Buffer.alloc(MIB + MIB / 4));
      return { accept: true } as const;
    };
    const { error, told } = await receive(disk.to, deliver, { consent });
    expect(error).toMatchObject({ code: "no_space" });
    expect(error?.hint).toContain("The disk is full");
    expect(exitCode("no_space")).toBe(7);
    expect(told).toEqual({ code: "no_space", message: "not enough room" });
    // What was whole before may be there, and nothing else.
    const names = (await readdir(disk.to)).filter((name) => name !== "mine");
    expect(names.filter((name) => name !== "a")).toEqual([]);
    for (const name of names) expect(await readFile(join(disk.to, name))).toEqual(half);
  });

  test("more files than it has room for are refused before anybody is asked", async () => {
    await using disk = await smallDisk("size=2m,nr_inodes=20");
    const empty = Array.from({ length: 30 }, (_, number) => file(`d/${number}`, 0));
    const { error, told, asked } = await receive(disk.to, (sender) => sender.send("manifest", manifest(...empty)));
    expect(error).toMatchObject({ code: "no_space" });
    expect(error?.hint).toMatch(/It needs 30 files, .* Make room/);
    expect([told, asked]).toEqual([{ code: "no_space", message: "not enough room" }, 0]);
    expect(await readdir(disk.to)).toEqual([]);
  });

  test("whose room for files is used up after the yes, nothing half stays", async () => {
    await using disk = await smallDisk("size=2m,nr_inodes=20");
    const consent = async () => {
      for (let number = 0; number < 14; number++) await writeFile(join(disk.to, `mine${number}`), "");
      return { accept: true } as const;
    };
    const empty = Array.from({ length: 10 }, (_, number) => file(`${number}`, 0));
    const { error, told } = await receive(
      disk.to,
      async (sender, accepted) => {
        await sender.send("manifest", manifest(...empty));
        await accepted;
        await sender.send("end", jsonLines({ entries: 10, failed: 0, bytes: 0 }));
      },
      { consent },
    );
    expect(error?.code).toBe("no_space");
    expect(told).toMatchObject({ code: "no_space" });
    expect((await readdir(disk.to)).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  test("that is made read-only before, nobody is met; after the yes, that is said", async () => {
    await using disk = await smallDisk("size=2m");
    const consent = async () => {
      expect(spawnSync("mount", ["-o", "remount,ro", disk.to]).status).toBe(0);
      return { accept: true } as const;
    };
    const { error, told } = await receive(disk.to, deliver, { consent });
    expect(error).toMatchObject({ code: "cannot_write" });
    expect(error?.hint).toContain("read-only");
    expect(told).toMatchObject({ code: "cannot_write" });
    expect(await readdir(disk.to)).toEqual([]);
  });
});

test.runIf(process.platform !== "win32" && process.getuid?.() !== 0)("a folder that may not be written", async () => {
  await using place = await scratch();
  const consent = async () => {
    await chmod(place.to, 0o555);
    return { accept: true } as const;
  };
  const { error, told } = await receive(place.to, deliver, { consent });
  await chmod(place.to, 0o755);
  expect(error?.code).toBe("cannot_write");
  expect(told).toMatchObject({ code: "cannot_write" });
  expect(await readdir(place.to)).toEqual([]);
});

test("a path that is too long below this folder is refused before anybody is asked", async () => {
  await using place = await scratch();
  const deep = join(place.to, ...Array.from({ length: 4 }, () => "o".repeat(200)));
  await mkdir(deep, { recursive: true });
  const long = Array.from({ length: 17 }, () => "e".repeat(230)).join("/");
  const { error, told, asked } = await receive(deep, (sender) => sender.send("manifest", manifest(file(long))));
  expect(error).toMatchObject({ code: "cannot_write" });
  expect(error?.hint).toContain("a shorter path with --out");
  expect(told).toEqual({ code: "cannot_write", message: "the destination cannot be written" });
  expect(asked).toBe(0);
  expect(await readdir(deep)).toEqual([]);
});

describe("with overwrite, a name that somebody changes after the yes", () => {
  const one: Play = async (sender, accepted) => {
    await sender.send("manifest", manifest(file("a", 1)));
    await accepted;
    await sender.send("body", frame(0, 0, Buffer.from("x")));
    await sender.send("end", jsonLines({ entries: 1, failed: 0, bytes: 1 }));
  };

  test("into a folder is not replaced", async () => {
    await using place = await scratch();
    const consent = async () => {
      await mkdir(join(place.to, "a"));
      await writeFile(join(place.to, "a", "mine"), "mine");
      return { accept: true } as const;
    };
    const { error, told } = await receive(place.to, one, { rule: "overwrite", consent });
    expect(error?.code).toBe("cannot_write");
    expect(told).toMatchObject({ code: "cannot_write" });
    expect(await readdir(place.to)).toEqual(["a"]);
    expect(await readFile(join(place.to, "a", "mine"), "utf8")).toBe("mine");
  });

  test("into a link is replaced itself", async () => {
    await using place = await scratch();
    await writeFile(join(place.from, "mine"), "mine");
    const consent = async () => {
      await symlink(join(place.from, "mine"), join(place.to, "a"));
      return { accept: true } as const;
    };
    const { error } = await receive(place.to, one, { rule: "overwrite", consent });
    expect(error).toBeUndefined();
    expect(await readFile(join(place.from, "mine"), "utf8")).toBe("mine");
    expect(await readFile(join(place.to, "a"), "utf8")).toBe("x");
  });
});

/** Fails as a disk does on which some call always fails. */
function failing(call: "write" | "link" | "open" | "rename", code: string): Disk {
  const disk = new Disk();
  disk[call] = async (): Promise<never> => {
    throw Object.assign(new Error(code), { code });
  };
  return disk;
}

describe("what the system says becomes what to do", () => {
  test.each([
    ["write", "EDQUOT", "no_space", "Your quota there is used up"],
    ["write", "ENOSPC", "no_space", "The disk is full"],
    ["write", "EFBIG", "cannot_write", "larger than a file may be there"],
    ["write", "EIO", "cannot_write", "reports a fault"],
    ["open", "EINVAL", "cannot_write", "may not store such a name"],
    ["open", "EILSEQ", "cannot_write", "does not store such a name"],
    ["open", "ENAMETOOLONG", "cannot_write", "too long"],
    ["rename", "EROFS", "cannot_write", "read-only"],
  ] as const)("%s: %s", async (call, system, code, hint) => {
    await using place = await scratch();
    const folder = await openFolder(place.to);
    const write = async (): Promise<unknown> => {
      const part = await PartFile.create(failing(call, system), folder, "a", "mark");
      try {
        await part.write(Buffer.from("x"), 0);
        const entry = { path: "a", type: "file", size: 1 } as const;
        return await part.complete(entry, { folder, name: "a", rule: "overwrite" }, 0, async () => {});
      } catch (error) {
        await part.discard();
        throw error;
      }
    };
    const error = await write().then(
      () => undefined,
      (cause: unknown) => cannotWrite("a", cause),
    );
    expect(problem(error)).toMatchObject({ code });
    expect(problem(error).hint).toContain(hint);
    expect(exitCode(code)).toBe(7);
    // The message is for the other side too.
    expect(problem(error).message).not.toContain(place.to);
    expect(await readdir(place.to)).toEqual([]);
    await folder.close();
  });
});

describe("where there are no hard links, a name that is taken stays as it is", () => {
  test.each(["EPERM", "ENOTSUP", "EMLINK"])("%s", async (code) => {
    await using place = await scratch();
    const folder = await openFolder(place.to);
    await writeFile(join(place.to, "a"), "mine");
    const disk = failing("link", code);
    const named: (string | undefined)[] = [];
    for (const rule of ["rename", "skip"] as const) {
      const part = await PartFile.create(disk, folder, "a", "mark");
      await part.write(Buffer.from("x"), 0);
      const entry = { path: "a", type: "file", size: 1 } as const;
      named.push(await part.complete(entry, { folder, name: "a", rule }, 0, async () => {}));
    }
    expect(named).toEqual(["a (1)", undefined]);
    expect((await readdir(place.to)).sort()).toEqual(["a", "a (1)"]);
    expect(await readFile(join(place.to, "a"), "utf8")).toBe("mine");
    await folder.close();
  });
});

describe.runIf(process.platform !== "win32")("something else under the name of a part", () => {
  const lay: Readonly<Record<string, (part: string, mine: string) => Promise<void>>> = {
    "a link": (part, mine) => symlink(mine, part),
    "a pipe": async (part) => {
      spawnSync("mkfifo", [part]);
    },
    "another name of somebody's file": (part, mine) => hardLink(mine, part),
  };

  test.each(Object.entries(lay))("%s is neither written nor gone on with", async (_what, put) => {
    await using place = await scratch();
    const mine = join(place.from, "mine");
    await writeFile(mine, "mine");
    const folder = await openFolder(place.to);
    await put(join(place.to, "a.mark.part"), mine);
    expect(await readdir(place.to)).toEqual(["a.mark.part"]);
    await expect(PartFile.reopen(new Disk(), folder, "a", "mark", 1)).rejects.toThrowError(/ELOOP|cannot be written/);
    const part = await PartFile.create(new Disk(), folder, "a", "mark");
    await part.write(Buffer.from("x"), 0);
    const entry = { path: "a", type: "file", size: 1 } as const;
    await part.complete(entry, { folder, name: "a", rule: "rename" }, 0, async () => {});
    expect(await readFile(mine, "utf8")).toBe("mine");
    expect(await readdir(place.to)).toEqual(["a"]);
    expect(await readFile(join(place.to, "a"), "utf8")).toBe("x");
    await folder.close();
  });
});

test("a tree as deep as may be, of folders only, comes and is settled", async () => {
  await using place = await scratch();
  const paths = Array.from({ length: 128 }, (_, depth) => Array.from({ length: depth + 1 }, () => "d").join("/"));
  const { error } = await receive(place.to, async (sender, accepted) => {
    await sender.send("manifest", manifest(...paths.map(dir)));
    await accepted;
    await sender.send("end", jsonLines({ entries: 128, failed: 0, bytes: 0 }));
  });
  expect(error).toBeUndefined();
  expect(await readdir(join(place.to, ...Array.from({ length: 127 }, () => "d")))).toEqual(["d"]);
});
