import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, readFile, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { isRunning, SEAT_KEPT_MS } from "../../client/index.js";
import { MARK_BYTES } from "./journal-memory.js";
import { decodeRecords, encodeRecord, type JournalOwner, type JournalRecord } from "./journal-records.js";
import type { JournalLog, JournalStore } from "./journal-store.js";
import { removeParts } from "../disk/leftovers.js";

const SUFFIX = ".journal";

export interface FileJournalsOptions {
  /** In the user's state directory; made when it is first needed. */
  readonly directory: string;
  readonly relay: string;
  readonly channel: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** What was left of a transfer that nobody went on with, and is gone now. */
export interface Removed {
  /** The folder that it was in. */
  readonly root: string;
  /** Unfinished files. */
  readonly parts: number;
}

/**
 * Keeps journals as files of mode 0600, one for each transfer into a folder. They name files and folders, and hold no key and
 * no words.
 */
export class FileJournals implements JournalStore {
  readonly #options: FileJournalsOptions;
  readonly #now: () => number;

  constructor(options: FileJournalsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  async open(root: string): Promise<JournalLog> {
    const { directory, relay, channel } = this.#options;
    const at = createHash("sha256").update(`${relay}\0${root}`).digest("hex").slice(0, 16);
    const path = join(directory, `receive-${channel}-${at}${SUFFIX}`);
    const earlier = await readJournal(path);
    const isSame = earlier?.owner.relay === relay && earlier.owner.channel === channel && earlier.owner.root === root;
    // Two commands with one code on one machine must not write into each other's parts.
    if (isSame && isRunning(earlier.owner.pid)) return new FileLog(undefined, directory, ownerOf(relay, channel, root));
    const owner = ownerOf(relay, channel, root, isSame ? earlier.owner.mark : undefined);
    return new FileLog(path, directory, owner, isSame ? earlier : undefined);
  }

  /** Removes journals that nobody went on with in a week, and the parts that they speak of. */
  async sweep(): Promise<readonly Removed[]> {
    const { directory } = this.#options;
    const removed: Removed[] = [];
    for (const name of await readdir(directory).catch(() => [])) {
      const path = join(directory, name);
      if (!name.endsWith(SUFFIX) || !(await this.#isStale(path))) continue;
      const journal = await readJournal(path);
      // A clock that was set forward makes nothing stale that is in use.
      if (journal !== undefined && isRunning(journal.owner.pid)) continue;
      const parts = journal === undefined ? 0 : await removeParts(journal.owner, foldersIn(journal));
      await unlink(path).catch(() => {});
      if (journal !== undefined && parts > 0) removed.push({ root: journal.owner.root, parts });
    }
    return removed;
  }

  async #isStale(path: string): Promise<boolean> {
    return await stat(path).then(
      ({ mtimeMs }) => mtimeMs + SEAT_KEPT_MS < this.#now(),
      () => false,
    );
  }
}

interface ReadJournal {
  /** The latest. */
  readonly owner: JournalOwner;
  /** Without what was torn. */
  readonly bytes: Buffer;
}

async function readJournal(path: string): Promise<ReadJournal | undefined> {
  try {
    const bytes = await readFile(path);
    let owner: JournalOwner | undefined;
    let whole = 0;
    for (const { record, end } of decodeRecords(bytes)) {
      if (record.type === "owner") owner = record.owner;
      whole = end;
    }
    return owner === undefined ? undefined : { owner, bytes: bytes.subarray(0, whole) };
  } catch {
    return undefined;
  }
}

function* foldersIn({ bytes }: ReadJournal): Generator<string> {
  for (const { record } of decodeRecords(bytes)) if (record.type === "folder") yield record.path;
}

function ownerOf(relay: string, channel: string, root: string, mark?: string): JournalOwner {
  return { mark: mark ?? randomBytes(MARK_BYTES).toString("hex"), relay, channel, root, pid: process.pid };
}

/** Appends in batches: what comes while one is being written makes the next. */
class FileLog implements JournalLog {
  readonly mark: string;
  readonly #path: string | undefined;
  readonly #directory: string;
  readonly #owner: JournalOwner;
  /** How much of an earlier run's is kept; undefined: there is none. */
  readonly #keptBytes: number | undefined;
  #earlier: Buffer | undefined;
  #opening: Promise<FileHandle> | undefined;
  #pending: Uint8Array[] = [];
  #writing: Promise<void> = Promise.resolve();
  #batch: Promise<void> | undefined;
  #hasFailed = false;

  /** @param path undefined: nothing is kept */
  constructor(path: string | undefined, directory: string, owner: JournalOwner, earlier?: ReadJournal) {
    this.mark = owner.mark;
    this.#path = path;
    this.#directory = directory;
    this.#owner = owner;
    this.#keptBytes = earlier?.bytes.length;
    this.#earlier = earlier?.bytes;
  }

  get outlives(): boolean {
    return this.#path !== undefined && !this.#hasFailed;
  }

  *takeEarlier(): Generator<JournalRecord> {
    const bytes = this.#earlier;
    this.#earlier = undefined;
    if (bytes === undefined) return;
    for (const { record } of decodeRecords(bytes)) if (record.type !== "owner") yield record;
  }

  append(record: JournalRecord): Promise<void> {
    if (!this.outlives) return Promise.resolve();
    this.#pending.push(encodeRecord(record));
    // Begins when the one before is written: until then more may join.
    this.#batch ??= this.#writing.then(() => this.#write());
    return this.#batch;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#opening?.then((file) => file.close()).catch(() => {});
  }

  async remove(): Promise<void> {
    await this.close();
    if (this.#path !== undefined) await unlink(this.#path).catch(() => {});
  }

  #write(): Promise<void> {
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#batch = undefined;
    this.#writing = this.#appendBytes(bytes).catch(() => {
      // All that is lost is that another process cannot go on.
      this.#hasFailed = true;
    });
    return this.#writing;
  }

  async #appendBytes(bytes: Uint8Array): Promise<void> {
    this.#opening ??= this.#open(this.#path ?? "");
    const file = await this.#opening;
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, done);
      done += bytesWritten;
    }
  }

  async #open(path: string): Promise<FileHandle> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    if (this.#keptBytes === undefined) await unlink(path).catch(() => {});
    const file = await open(path, this.#keptBytes === undefined ? "ax" : "a", 0o600);
    if (this.#keptBytes !== undefined) await file.truncate(this.#keptBytes);
    await file.write(encodeRecord({ type: "owner", owner: this.#owner }));
    // The names outlast a loss of power too; all else shows on the disk that receives.
    await file.datasync();
    return file;
  }
}
