import type { Disk } from "./disk.js";
import type { HeldFolder } from "./folder-cache.js";
import { PartFile } from "./part-file.js";
import { PrefixHash } from "./prefix-hash.js";
import { quiet } from "../waiting.js";

/** Where a file will be. */
export interface FilePlace {
  readonly entry: number;
  /** Let go of when the file is closed or discarded. */
  readonly folder: HeldFolder;
  readonly name: string;
}

/** A file on its way: its part, and how far it has come. */
export class OpenFile {
  readonly entry: number;
  /** Its errors are those of the first write, or of completing it. */
  readonly part: Promise<PartFile>;
  /** In which it is. */
  readonly folder: HeldFolder;
  /** In its folder, when it is complete. */
  readonly name: string;
  readonly #prefix = new PrefixHash();
  readonly #writes = new Set<Promise<void>>();
  #bytes: number;
  #isHeld = true;

  private constructor({ entry, folder, name }: FilePlace, part: Promise<PartFile>, bytes: number) {
    this.entry = entry;
    this.folder = folder;
    this.name = name;
    this.part = part;
    this.#bytes = bytes;
    quiet(part);
  }

  /**
   * A new one.
   *
   * @param mark of the transfer
   * @param recorded is waited for before it is made
   */
  static create(disk: Disk, place: FilePlace, mark: string, recorded: Promise<void>): OpenFile {
    const part = recorded.then(() => PartFile.create(disk, place.folder, place.name, mark));
    return new OpenFile(place, part, 0);
  }

  /** One that an earlier run has left, with so many bytes. */
  static found(disk: Disk, place: FilePlace, mark: string, bytes: number): OpenFile {
    const { folder, name } = place;
    // What has become impossible to go on with begins anew.
    const part = PartFile.reopen(disk, folder, name, mark, bytes).catch(() =>
      PartFile.create(disk, folder, name, mark),
    );
    return new OpenFile(place, part, bytes);
  }

  /** Bytes from its beginning that are there, or on their way to the disk. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Appends. @param bytes must stay as they are until this resolves @param failed throws what a failure means */
  write(bytes: Uint8Array, failed: (cause: unknown) => never): Promise<void> {
    const position = this.#bytes;
    this.#bytes += bytes.length;
    const done = this.part.then((part) => part.write(bytes, position)).catch(failed);
    this.#writes.add(done);
    const settled = (): void => void this.#writes.delete(done);
    done.then(settled, settled);
    return done;
  }

  /** Resolves when all that was written is on its place. @throws what a write failed with */
  async settled(): Promise<void> {
    await Promise.all(this.#writes);
  }

  /**
   * SHA-256 of what is there.
   *
   * @param hashed is told how many bytes were read
   * @returns undefined when nothing of use is there: the file begins again
   * @throws the signal's reason
   */
  async hash(signal: AbortSignal, hashed: (bytes: number) => void): Promise<Uint8Array | undefined> {
    if (this.#bytes === 0) return undefined;
    try {
      const { readAt } = await this.part;
      const sha256 = await this.#prefix.digest(this.#bytes, readAt, signal, hashed);
      if (sha256 !== undefined) return sha256;
    } catch {
      // What cannot be read is of no use; if it cannot be written either, the first write says so.
      signal.throwIfAborted();
    }
    await this.beginAgain();
    return undefined;
  }

  /** Drops what is there. */
  async beginAgain(): Promise<void> {
    await this.settled();
    await (await this.part).truncate(0);
    this.#prefix.reset();
    this.#bytes = 0;
  }

  /** Leaves it for another run. Never rejects. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#writes);
    await this.part.then((part) => part.close()).catch(() => {});
    await this.#letGo();
  }

  /** Removes it. Never rejects. */
  async discard(): Promise<void> {
    await Promise.allSettled(this.#writes);
    await this.part.then((part) => part.discard()).catch(() => {});
    await this.#letGo();
  }

  async #letGo(): Promise<void> {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    await this.folder.close().catch(() => {});
  }
}
