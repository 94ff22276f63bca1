import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, readdir, rename, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Uuid, isUuid } from "../../protocol/names.js";
import type { SeatKeeper, SeatKey } from "../seat-keeper.js";

/** An unfinished transfer is taken up again within a week, or its seat is forgotten. */
export const SEAT_KEPT_MS = 7 * 24 * 3_600_000;
const SUFFIX = ".seat.json";

interface SeatFile extends SeatKey {
  readonly uuid: Uuid;
  /** Who uses it: another process that lives has the seat for itself. */
  readonly pid: number;
}

export interface SeatStoreOptions {
  /** In the user's state directory; made when it is first needed. */
  readonly directory: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * Keeps the seats of unfinished transfers as small files of mode 0600: a capability at the relay, no key and no
 * words (PROTOCOL.md, section 2, Rounds). A seat that cannot be kept is no reason to fail: all that is lost is that
 * a killed process cannot take it up again.
 */
export class SeatStore implements SeatKeeper {
  readonly #directory: string;
  readonly #now: () => number;

  constructor(options: SeatStoreOptions) {
    this.#directory = options.directory;
    this.#now = options.now ?? Date.now;
  }

  /** @returns the uuid of that seat, unless it is stale, unreadable, or in use by a process that is alive */
  async load(key: SeatKey): Promise<Uuid | undefined> {
    const path = this.#path(key);
    try {
      if (await this.#isStale(path)) {
        await unlink(path);
        return undefined;
      }
      const seat = parse(await readFile(path, "utf8"), key);
      return seat === undefined || isRunning(seat.pid) ? undefined : seat.uuid;
    } catch {
      return undefined;
    }
  }

  async save(key: SeatKey, uuid: Uuid): Promise<void> {
    const { relay, channel, role } = key;
    const path = this.#path(key);
    const draft = `${path}.${randomBytes(6).toString("hex")}.tmp`;
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      const seat: SeatFile = { relay, channel, role, uuid, pid: process.pid };
      await writeFile(draft, `${JSON.stringify(seat)}\n`, { mode: 0o600, flag: "wx" });
      await rename(draft, path);
    } catch {
      await unlink(draft).catch(() => {});
    }
    await this.#sweep();
  }

  async forget(key: SeatKey): Promise<void> {
    await unlink(this.#path(key)).catch(() => {});
  }

  /** Role and channel are safe in a file name by their patterns; a relay's address is not. */
  #path({ relay, channel, role }: SeatKey): string {
    const at = createHash("sha256").update(relay).digest("hex").slice(0, 16);
    return join(this.#directory, `${role}-${channel}-${at}${SUFFIX}`);
  }

  async #isStale(path: string): Promise<boolean> {
    return (await stat(path)).mtimeMs + SEAT_KEPT_MS < this.#now();
  }

  async #sweep(): Promise<void> {
    const names = await readdir(this.#directory).catch(() => []);
    for (const name of names) {
      if (!name.includes(SUFFIX)) continue;
      const path = join(this.#directory, name);
      if (await this.#isStale(path).catch(() => false)) await unlink(path).catch(() => {});
    }
  }
}

function parse(text: string, key: SeatKey): { uuid: Uuid; pid: number } | undefined {
  const seat: unknown = JSON.parse(text);
  if (typeof seat !== "object" || seat === null) return undefined;
  const { relay, channel, role, uuid, pid } = seat as Partial<Record<keyof SeatFile, unknown>>;
  if (relay !== key.relay || channel !== key.channel || role !== key.role) return undefined;
  return typeof uuid === "string" && isUuid(uuid) ? { uuid, pid: typeof pid === "number" ? pid : 0 } : undefined;
}

/**
 * Whether another process that keeps something lives still. Two commands with one code on one machine must not push each
 * other out of the seat by turns, nor write into each other's files.
 */
export function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
