import { createHash } from "node:crypto";
import { lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What the sender has; `bytes` is the sum of it. */
export const TREE = "tree";
const KIB = 1024;
const OLD = "what was there before";

/** Files by their path below the tree: some empty, many small, some worth going on with, folders in folders. */
const FILES: readonly (readonly [path: string, bytes: number])[] = [
  ["a-large.bin", 9_000 * KIB],
  ["deep/deeper/large.bin", 3_000 * KIB],
  ["empty", 0],
  ["last.txt", 10],
  ["old.bin", 2_000 * KIB],
  ...Array.from({ length: 60 }, (_, n) => [`many/small ${n}`.replace(" ", "-"), n * 317] as const),
];

export const TREE_BYTES = FILES.reduce((sum, [, bytes]) => sum + bytes, 0);

/** The tree that is sent, and in the folder that receives an old file of the same name. */
export async function makeTree(from: string, to: string, random: () => number): Promise<void> {
  for (const [path, bytes] of FILES) {
    const local = join(from, TREE, path);
    await mkdir(join(local, ".."), { recursive: true });
    await writeFile(local, noise(bytes, random));
  }
  await mkdir(join(from, TREE, "empty-folder"));
  await symlink("a-large.bin", join(from, TREE, "link"));
  await mkdir(join(to, TREE), { recursive: true });
  await writeFile(join(to, TREE, "old.bin"), OLD);
}

function noise(bytes: number, random: () => number): Buffer {
  const block = Buffer.from(Array.from({ length: 1024 }, () => Math.floor(random() * 256)));
  return Buffer.alloc(bytes, block.length === 0 ? 0 : block);
}

/** Watches a folder that receives: whatever has a final name there is whole, old or new. */
export class Watch {
  readonly #from: string;
  readonly #to: string;
  /** What was looked at and found right, by name: it is looked at again when it has changed. */
  readonly #seen = new Map<string, string>();

  constructor(from: string, to: string) {
    this.#from = from;
    this.#to = to;
  }

  /** @returns what is wrong now; nothing when all is as it may be */
  async faults(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const name of await readdir(this.#to, { recursive: true })) {
      if (/\.[0-9a-f]{12}\.part$/.test(name)) continue;
      const fault = await this.#fault(name).catch((error: unknown) => {
        // It was renamed between the list and the look.
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw error;
      });
      if (fault !== undefined) found.push(`${name}: ${fault}`);
    }
    return found;
  }

  /** @returns what is missing or too much at the end */
  async difference(): Promise<readonly string[]> {
    const [sent, there] = await Promise.all([list(this.#from), list(this.#to)]);
    const missing = [...sent].filter(([name, what]) => there.get(name) !== what);
    const extra = [...there].filter(([name]) => !sent.has(name));
    return [...missing.map(([name]) => `${name} is not as sent`), ...extra.map(([name]) => `${name} is too much`)];
  }

  async #fault(name: string): Promise<string | undefined> {
    const local = join(this.#to, name);
    const info = await lstat(local);
    const version = `${info.ino} ${info.size} ${info.mtimeMs}`;
    if (info.isDirectory() || this.#seen.get(name) === version) return undefined;
    const source = join(this.#from, name);
    if (info.isSymbolicLink())
      return (await readlink(local)) === (await readlink(source).catch(() => undefined)) ? undefined : "another link";
    const bytes = await readFile(local);
    const sent = await readFile(source).catch(() => undefined);
    const isOld = name === `${TREE}/old.bin` && bytes.toString() === OLD;
    if (sent === undefined) return "was never sent";
    if (!isOld && !bytes.equals(sent)) return `has ${bytes.length} of ${sent.length} bytes, or wrong ones`;
    this.#seen.set(name, version);
    return undefined;
  }
}

/** Everything below a folder, with its kind, mode and content. */
async function list(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of await readdir(folder, { recursive: true })) {
    const local = join(folder, name);
    const info = await lstat(local);
    const mode = (info.mode & 0o777).toString(8);
    if (info.isSymbolicLink()) found.set(name, `link ${await readlink(local)}`);
    else if (info.isDirectory()) found.set(name, name === TREE ? "dir" : `dir ${mode}`);
    else
      found.set(
        name,
        `${mode} ${createHash("sha256")
          .update(await readFile(local))
          .digest("hex")}`,
      );
  }
  return found;
}
