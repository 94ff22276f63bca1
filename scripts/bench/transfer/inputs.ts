import { spawnSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const MIB = 2 ** 20;
const FOLDER_FILES = 100;

/** Where everything is that is sent and received: in memory, or the disk would be measured. */
export class Bench implements Disposable {
  readonly #folder = mkdtempSync(path.join(existsSync("/dev/shm") ? "/dev/shm" : os.tmpdir(), "duet-bench-"));

  /** A file of random bytes, which nothing can compress. */
  file(name: string, bytes: number): string {
    const file = path.join(this.#folder, name);
    const block = new Uint8Array(Math.min(bytes, MIB));
    const fd = openSync(file, "w");
    for (let left = bytes; left > 0;) left -= writeSync(fd, randomFillSync(block), 0, Math.min(left, block.length));
    closeSync(fd);
    return file;
  }

  /** A folder of folders of a hundred files each. */
  tree(name: string, files: number, bytes: number): string {
    const tree = path.join(this.#folder, name);
    for (let index = 0; index < files; index++) {
      const folder = path.join(tree, `folder-${Math.floor(index / FOLDER_FILES)}`);
      if (index % FOLDER_FILES === 0) mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, `file-${index}`), randomFillSync(new Uint8Array(bytes)));
    }
    return tree;
  }

  /** Gives the memory back. */
  remove(source: string): void {
    rmSync(source, { recursive: true });
  }

  /** An empty folder; the one before is removed. */
  inbox(): string {
    const inbox = path.join(this.#folder, "inbox");
    rmSync(inbox, { recursive: true, force: true });
    mkdirSync(inbox);
    return inbox;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** @throws when what has arrived is not what was sent */
export function checkArrived(source: string, into: string): void {
  const { status, stdout } = spawnSync("diff", ["-rq", source, path.join(into, path.basename(source))], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`what arrived differs: ${stdout}`);
}
