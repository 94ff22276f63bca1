/** The generated files of a target, as they are and as they would be. */
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Files, Target } from "./target.js";

/** A difference between what is there and what would be generated. */
export interface Change {
  readonly file: string;
  readonly what: "changed" | "missing" | "left over";
  /** Undefined: the file goes. */
  readonly content: string | Uint8Array | undefined;
}

/** What would have to be written or removed for the folder of a target to hold exactly these files. */
export async function changesOf(target: Pick<Target, "folder" | "owns">, files: Files): Promise<readonly Change[]> {
  const present = new Set((await filesIn(target.folder)).filter((name) => target.owns(name)));
  const changes: Change[] = [];
  for (const [name, content] of files) {
    const file = path.join(target.folder, name);
    if (!present.has(name)) changes.push({ file, what: "missing", content });
    else if (!(await readFile(file)).equals(Buffer.from(content))) changes.push({ file, what: "changed", content });
  }
  for (const name of present)
    if (!files.has(name)) changes.push({ file: path.join(target.folder, name), what: "left over", content: undefined });
  return changes;
}

export async function apply({ file, content }: Change): Promise<void> {
  if (content === undefined) return rm(file);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}

/** Every file below a folder by its path in it, with `/`; none if there is no folder. In the same order every time. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, "/"))
    .toSorted();
}
