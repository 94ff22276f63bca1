import { readdir, unlink } from "node:fs/promises";
import { openBelow } from "./folder-handle.js";
import { isPartNameOf } from "../lists/names.js";

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
  for (const path of folders) {
    // A link may have taken its place since.
    const folder = await openBelow(root, path).catch(() => undefined);
    if (folder === undefined) continue;
    for (const name of await readdir(folder.self).catch(() => [])) {
      if (!isPartNameOf(mark, name)) continue;
      removed += await unlink(folder.at(name)).then(
        () => 1,
        () => 0,
      );
    }
    await folder.close();
  }
  return removed;
}
