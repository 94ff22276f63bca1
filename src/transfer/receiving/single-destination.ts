import type { Writable } from "node:stream";
import type { BodyPart, Manifest } from "../../protocol/index.js";
import { DuetError } from "../../protocol/problem.js";
import { acceptanceOf } from "../acceptance.js";
import type { Destination, Wanted, Written } from "./destination.js";
import { cannotWrite } from "../fs-errors.js";

/** What the one entry of an offer goes into when it is not a folder. One write at a time. */
export interface Sink {
  /** Keeps nothing of `bytes` once it has resolved. */
  write(bytes: Uint8Array): Promise<void>;
  /** Forgets what was written. @returns whether it could */
  reset(): boolean;
}

/** An offer of one file, stream or text that goes elsewhere than to a disk. */
export class SingleDestination implements Destination {
  readonly outlives = false;
  readonly #sink: Sink;
  #bytes = 0;
  #isGivenUp = false;
  #isComplete = false;
  #latest: Promise<void> = Promise.resolve();

  /** @throws DuetError `cannot_write` for an offer that has more than one entry, or a folder */
  constructor(manifest: Manifest, sink: Sink) {
    if (manifest.entries.length !== 1 || manifest.entries.at(0)?.type !== "file") {
      throw new DuetError("cannot_write", {
        message: "folders and several files cannot go into one stream",
        hint: "Receive them into a folder, with --out.",
      });
    }
    this.#sink = sink;
  }

  async acceptance(): Promise<Wanted> {
    return { acceptance: acceptanceOf(1, () => !this.#isComplete), resumed: 0 };
  }

  async prepare(): Promise<void> {}

  async restart(): Promise<void> {
    if (this.#isComplete) return;
    // Nothing says whether the same bytes would come again.
    if (this.#bytes > 0 && !this.#sink.reset()) {
      throw new DuetError("cannot_write", {
        message: "the connection was lost in the middle of the output, which cannot be taken back",
        hint: "Start again, or receive into a folder.",
      });
    }
    this.#bytes = 0;
    this.#isGivenUp = false;
  }

  async take(part: BodyPart): Promise<Written> {
    if (part.kind === "given-up") this.#isGivenUp = true;
    if (part.kind !== "data") return { done: Promise.resolve() };
    this.#bytes += part.bytes.length;
    // In order, and with an answer for each, so that a reader who is slow is waited for.
    const done = this.#latest.then(() => this.#sink.write(part.bytes));
    this.#latest = done;
    done.catch(() => {});
    return { done };
  }

  async finish(): Promise<void> {
    await this.#latest;
    this.#isComplete = !this.#isGivenUp;
  }

  async suspend(): Promise<void> {}

  async abandon(): Promise<void> {}

  async end(): Promise<void> {}
}

/** Hands bytes to a stream. It is not ended: who opened it knows what else it is for. */
export class WritableSink implements Sink {
  readonly #stream: Writable;
  readonly #isLast: boolean;
  #failure: Error | undefined;

  /**
   * @param isLast whether an answer of the stream means that the system has the bytes, as with a file, a socket or standard output.
   * Others may pass their chunks on and answer before anybody has read them: they are given copies
   */
  constructor(stream: Writable, { isLast = false } = {}) {
    this.#stream = stream;
    this.#isLast = isLast;
    stream.on("error", (error) => (this.#failure ??= error));
  }

  reset(): boolean {
    return false;
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const failed = (cause: Error): void => reject(cannotWrite("the output", cause));
      if (this.#failure !== undefined || this.#stream.destroyed)
        return failed(this.#failure ?? new Error("the stream is closed"));
      const closed = (): void => failed(this.#failure ?? new Error("the stream is closed"));
      this.#stream.once("close", closed);
      this.#stream.write(this.#isLast ? bytes : Buffer.from(bytes), (error) => {
        this.#stream.off("close", closed);
        if (error) failed(error);
        else resolve();
      });
    });
  }
}

/** Collects a text. */
export class TextSink implements Sink {
  readonly #parts: Buffer[] = [];

  reset(): boolean {
    this.#parts.length = 0;
    return true;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#parts.push(Buffer.from(bytes));
  }

  /** What has come. As the sender wrote it: clean it before a terminal sees it. */
  get text(): string {
    return Buffer.concat(this.#parts).toString("utf8");
  }
}
