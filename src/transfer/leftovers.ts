import { readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { isPartNameOf } from "./names.js";

/**
 * Removes the parts that a transfer has left.
 *
 * @param folders below the root, in which there may be some
 * @returns how many there were
 */
export async function removeParts(
  { root, mark }: { readonly root: string; readonly mark: string },
  folders: Iterable<string>,
): Promise<number> {
  let removed = 0;
  for (const folder of folders) {
    const path = join(root, folder);
    for (const name of await readdir(path).catch(() => [])) {
      if (!isPartNameOf(mark, name)) continue;
      removed += await unlink(join(path, name)).then(
        () => 1,
        () => 0,
      );
    }
  }
  return removed;
}
