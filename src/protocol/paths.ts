import { utf8 } from "./bytes.js";
import { badMessage } from "./json-lines.js";

/**
 * Paths on the wire (PROTOCOL.md section 6): what every receiver can rely on, whatever its file system. Reserved names,
 * letter case and the like are for the destination to judge.
 */

export const PATH_MAX_BYTES = 4096;

/**
 * How many paths a manifest may name, the folders that are only implied included. It bounds what a manifest costs its
 * receiver, to some 300 MB in the worst case.
 */
export const PATHS_MAX = 1_000_000;

/** Parts joined by `/`, none of them empty, `.` or `..`, without NUL and backslash, at most 4096 bytes. */
export function isWirePath(path: string): boolean {
  // Three bytes are the most that a UTF-16 unit takes, so most paths need no counting.
  if (path.length * 3 > PATH_MAX_BYTES && utf8(path).length > PATH_MAX_BYTES) return false;
  if (path.includes("\0") || path.includes("\\")) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

/** A name in its folder. */
interface Node {
  /** `implied`: only as a folder of what was listed. */
  readonly type: "file" | "dir" | "link" | "implied";
  inside: Map<string, Node> | undefined;
}

/**
 * Sees to it that no two paths are equal and that nothing is inside of what is not a directory listed before it. A
 * tree and not a set of paths: what a path costs then grows with its length, not with its length times its depth.
 */
export class PathRegister {
  readonly #root: Node = { type: "implied", inside: undefined };
  #count = 0;

  /** @throws DuetError `bad_message` */
  add(path: string, type: "file" | "dir" | "link"): void {
    if (!isWirePath(path)) throw badMessage("a path is not valid");
    const parts = path.split("/");
    const name = parts.pop() ?? path;
    let folder = this.#root;
    for (const part of parts) {
      folder = folder.inside?.get(part) ?? this.#put(folder, part, "implied");
      if (folder.type === "file" || folder.type === "link")
        throw badMessage("a path leads through what is no directory");
    }
    // Also a directory behind what is in it, which is there already as implied.
    if (folder.inside?.has(name) === true) throw badMessage("a path comes twice, or a directory after what is in it");
    this.#put(folder, name, type);
  }

  #put(folder: Node, name: string, type: Node["type"]): Node {
    if (++this.#count > PATHS_MAX) throw badMessage("the manifest has too many paths");
    const node: Node = { type, inside: undefined };
    folder.inside ??= new Map();
    folder.inside.set(name, node);
    return node;
  }
}
