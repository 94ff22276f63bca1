import type { ChannelName } from "../protocol/names.js";
import { DuetError } from "../protocol/problem.js";
import type { AddressKey } from "./address.js";
import type { Channel } from "./channel.js";
import { forgetAt } from "./lifetime.js";
import { ABSENT, type ChannelStore, type Stored } from "./store.js";

/** How often what is past its time is looked for; a read never sees it, so this only bounds memory. */
const SWEEP_MS = 30_000;

/** Closed and cooling ones included; two full shares each would be half a gigabyte. */
const MAX_CHANNELS = 50_000;
const FULL = { message: "the relay is full", hint: "Try again in some minutes, or use another relay." };

/** What the store needs from outside. */
export interface MemoryStoreOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly maxChannels?: number;
}

/** One who waits for a channel to be as wanted. */
interface Waiter {
  readonly wanted: (stored: Stored | undefined) => boolean;
  readonly resolve: (stored: Stored | undefined) => void;
  readonly reject: (reason: unknown) => void;
}

/** The store of one process: the embedded default. Nothing survives a restart. */
export class MemoryStore implements ChannelStore {
  readonly #now: () => number;
  readonly #maxChannels: number;
  readonly #channels = new Map<ChannelName, Stored>();
  readonly #byAddress = new Map<AddressKey, Set<ChannelName>>();
  readonly #byLength = new Map<number, number>();
  readonly #waiters = new Map<ChannelName, Set<Waiter>>();
  readonly #sweeper: NodeJS.Timeout;
  #lastVersion = ABSENT;
  #closed = false;

  constructor(options: MemoryStoreOptions) {
    this.#now = options.now;
    this.#maxChannels = options.maxChannels ?? MAX_CHANNELS;
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  read(name: ChannelName): Promise<Stored | undefined> {
    return this.#ready(() => this.#find(name));
  }

  create(channel: Channel, maxOpen: number): Promise<Stored | "taken" | "too_many"> {
    return this.#ready(() => {
      if (this.#find(channel.name) !== undefined) return "taken";
      if (this.#channels.size >= this.#maxChannels) throw new DuetError("store_unavailable", FULL);
      if (this.#openedFrom(channel.sender.address) >= maxOpen) return "too_many";
      return this.#write(channel);
    });
  }

  compareAndSet(expected: number, next: Channel, maxOpen: number): Promise<Stored | "too_many" | undefined> {
    return this.#ready(() => {
      const stored = this.#find(next.name);
      if (stored?.version !== expected) return undefined;
      const isTakenUpAgain = this.#isOpen(next) && !this.#isOpen(stored.channel);
      if (isTakenUpAgain && this.#openedFrom(next.sender.address) >= maxOpen) return "too_many";
      return this.#write(next);
    });
  }

  async until(name: ChannelName, wanted: Waiter["wanted"], signal: AbortSignal): Promise<Stored | undefined> {
    this.#check();
    signal.throwIfAborted();
    const stored = this.#find(name);
    if (wanted(stored)) return stored;
    return await new Promise((resolve, reject) => {
      const leave = (): void => {
        signal.removeEventListener("abort", abort);
        this.#forgetWaiter(name, waiter);
      };
      const waiter: Waiter = {
        wanted,
        resolve(found) {
          leave();
          resolve(found);
        },
        reject(reason) {
          leave();
          reject(reason);
        },
      };
      const abort = (): void => waiter.reject(signal.reason);
      signal.addEventListener("abort", abort);
      const waiters = this.#waiters.get(name) ?? new Set();
      this.#waiters.set(name, waiters.add(waiter));
    });
  }

  countNames(length: number): Promise<number> {
    return this.#ready(() => this.#byLength.get(length) ?? 0);
  }

  close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweeper);
    const away = new DuetError("store_unavailable");
    for (const waiters of this.#waiters.values()) for (const waiter of waiters) waiter.reject(away);
    return Promise.resolve();
  }

  /** Runs one atomic step: nothing else runs between its reads and its writes. */
  #ready<T>(step: () => T): Promise<T> {
    return new Promise((resolve) => {
      this.#check();
      resolve(step());
    });
  }

  #check(): void {
    if (this.#closed) throw new DuetError("store_unavailable");
  }

  #find(name: ChannelName): Stored | undefined {
    const stored = this.#channels.get(name);
    if (stored === undefined || this.#now() < forgetAt(stored.channel)) return stored;
    this.#forget(stored.channel);
    return undefined;
  }

  #write(channel: Channel): Stored {
    const before = this.#channels.get(channel.name)?.channel;
    if (before === undefined) {
      this.#byLength.set(channel.name.length, (this.#byLength.get(channel.name.length) ?? 0) + 1);
    } else if (before.sender.address !== channel.sender.address) {
      this.#dropFromAddress(before);
    }
    if (channel.closed === undefined) {
      const names = this.#byAddress.get(channel.sender.address) ?? new Set();
      this.#byAddress.set(channel.sender.address, names.add(channel.name));
    } else {
      this.#dropFromAddress(channel);
    }
    const stored = { channel, version: ++this.#lastVersion };
    this.#channels.set(channel.name, stored);
    this.#wake(channel.name, stored);
    return stored;
  }

  #forget(channel: Channel): void {
    this.#channels.delete(channel.name);
    this.#dropFromAddress(channel);
    const left = (this.#byLength.get(channel.name.length) ?? 1) - 1;
    if (left === 0) this.#byLength.delete(channel.name.length);
    else this.#byLength.set(channel.name.length, left);
    this.#wake(channel.name, undefined);
  }

  #dropFromAddress({ name, sender }: Channel): void {
    const names = this.#byAddress.get(sender.address);
    names?.delete(name);
    if (names?.size === 0) this.#byAddress.delete(sender.address);
  }

  /** Lets go of the expired ones on the way, so that what is walked is what is counted. */
  #openedFrom(address: AddressKey): number {
    const names = this.#byAddress.get(address);
    for (const name of names ?? []) {
      const stored = this.#channels.get(name);
      if (stored !== undefined && !this.#isOpen(stored.channel)) this.#dropFromAddress(stored.channel);
    }
    return names?.size ?? 0;
  }

  #isOpen({ closed, expiresAt }: Channel): boolean {
    return closed === undefined && this.#now() < expiresAt;
  }

  #wake(name: ChannelName, stored: Stored | undefined): void {
    for (const waiter of this.#waiters.get(name) ?? []) if (waiter.wanted(stored)) waiter.resolve(stored);
  }

  #forgetWaiter(name: ChannelName, waiter: Waiter): void {
    const waiters = this.#waiters.get(name);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiters.delete(name);
  }

  #sweep(): void {
    for (const name of [...this.#channels.keys()]) this.#find(name);
  }
}
