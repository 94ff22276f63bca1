import { createHash } from "node:crypto";
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuetError } from "../../src/protocol/problem.js";

/** A place of its own with a folder to send from and one to receive in; removed at the end. */
export interface Scratch extends AsyncDisposable {
  readonly path: string;
  readonly from: string;
  readonly to: string;
}

export async function scratch(): Promise<Scratch> {
  const path = await mkdtemp(join(tmpdir(), "duet-transfer-"));
  const [from, to] = [join(path, "from"), join(path, "to")];
  await mkdir(from);
  await mkdir(to);
  return { path, from, to, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** What a transfer failed with. Anything else than a DuetError is a fault of its own. */
export function problem(error: unknown): DuetError {
  if (error instanceof DuetError) return error;
  throw error;
}

/** Everything below a folder: kind, mode, time and content of each path. */
export async function snapshot(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const path = join(folder, name);
    const info = await lstat(path);
    const mode = (info.mode & 0o777).toString(8);
    const time = Math.floor(info.mtimeMs);
    if (info.isSymbolicLink()) found[name] = `link ${time} ${await readlink(path)}`;
    else if (info.isDirectory()) found[name] = `dir ${mode} ${time}`;
    else
      found[name] = `file ${mode} ${time} ${info.size} ${createHash("sha256")
        .update(await readFile(path))
        .digest("hex")}`;
  }
  return found;
}
