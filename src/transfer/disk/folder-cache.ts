import type { FolderHandle } from "./folder-handle.js";

/**
 * Folders that stay open when nobody uses them: those of one tree that files come into in turn. With the files that are
 * open at once this stays far below the 256 open files that macOS gives to a process.
 */
const KEPT_MAX = 64;

/** A folder that is open at least until it is disposed of, once. */
export interface HeldFolder extends FolderHandle, AsyncDisposable {}

interface Cached {
  readonly folder: FolderHandle;
  users: number;
  isKept: boolean;
}

/** Open folders by their paths: every one once, and a bounded number of them without a user. */
export class FolderCache {
  readonly #keptMax: number;
  /** What was used last is last. */
  readonly #cached = new Map<string, Cached>();

  constructor(keptMax = KEPT_MAX) {
    this.#keptMax = keptMax;
  }

  /** @returns undefined when it is not open; otherwise it is until that is disposed of */
  find(path: string): HeldFolder | undefined {
    const cached = this.#cached.get(path);
    if (cached === undefined) return undefined;
    this.#cached.delete(path);
    this.#cached.set(path, cached);
    return held(cached);
  }

  /** @param folder closed when it is neither used nor kept any more */
  add(path: string, folder: FolderHandle): HeldFolder {
    const cached = { folder, users: 0, isKept: true };
    const user = held(cached);
    this.#cached.set(path, cached);
    if (this.#cached.size > this.#keptMax) this.#dropOldest();
    return user;
  }

  /** Keeps none any more. */
  async clear(): Promise<void> {
    const all = [...this.#cached.values()];
    this.#cached.clear();
    await Promise.all(all.map(drop));
  }

  #dropOldest(): void {
    for (const [path, cached] of this.#cached) {
      this.#cached.delete(path);
      void drop(cached).catch(() => {});
      return;
    }
  }
}

async function drop(cached: Cached): Promise<void> {
  cached.isKept = false;
  if (cached.users === 0) await cached.folder.close();
}

function held(cached: Cached): HeldFolder {
  const { folder } = cached;
  cached.users++;
  return {
    self: folder.self,
    at: (name) => folder.at(name),
    check: () => folder.check(),
    open: (name) => folder.open(name),
    holds: (name, other) => folder.holds(name, other),
    close: () => release(cached),
    [Symbol.asyncDispose]: () => release(cached),
  };
}

async function release(cached: Cached): Promise<void> {
  cached.users--;
  if (cached.users === 0 && !cached.isKept) await cached.folder.close();
}
