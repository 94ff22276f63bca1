import { mkdir, readdir, readFile, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SEAT_KEPT_MS } from "../client/index.js";
import type { ChannelName } from "../protocol/names.js";

/** What a relay of one transfer listens at. */
export interface Ports {
  readonly port: number;
  readonly staplerPort: number;
}

export interface PortFilesOptions {
  /** In the user's state directory; made when it is first needed. */
  readonly directory: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * Remembers the ports of relays that live as long as one transfer, so that another run with the same code takes the same.
 * Never fails: without it, the other side is told another address.
 */
export class PortFiles {
  readonly #directory: string;
  readonly #now: () => number;

  constructor({ directory, now = Date.now }: PortFilesOptions) {
    this.#directory = directory;
    this.#now = now;
  }

  /** @returns undefined when none were remembered */
  async read(channel: ChannelName): Promise<Ports | undefined> {
    try {
      const text = await readFile(this.#path(channel), "utf8");
      const { port, staplerPort } = JSON.parse(text) as Partial<Record<keyof Ports, unknown>>;
      return isPort(port) && isPort(staplerPort) ? { port, staplerPort } : undefined;
    } catch {
      return undefined;
    }
  }

  /** Also removes what killed processes have left that nobody went on with in a week. */
  async remember(channel: ChannelName, { port, staplerPort }: Ports): Promise<void> {
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      await writeFile(this.#path(channel), `${JSON.stringify({ port, staplerPort })}\n`, { mode: 0o600 });
      await this.#sweep();
    } catch {
      // All that is lost is that another run cannot take the same ports.
    }
  }

  async forget(channel: ChannelName): Promise<void> {
    await unlink(this.#path(channel)).catch(() => {});
  }

  #path(channel: string): string {
    return join(this.#directory, `relay-${channel}.json`);
  }

  async #sweep(): Promise<void> {
    for (const name of await readdir(this.#directory)) {
      if (!/^relay-\d+\.json$/.test(name)) continue;
      const path = join(this.#directory, name);
      const { mtimeMs } = await stat(path);
      if (mtimeMs + SEAT_KEPT_MS < this.#now()) await unlink(path);
    }
  }
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536;
}
