import net from "node:net";
import { type BufferPool, ReadBuffer } from "./buffers.js";
import type { Leg, LegReader } from "./leg.js";

/** The part of Node's TCP handle that is used here. Not public API: `bestImplementation` tries all of it at the start. */
export interface TcpHandle {
  reading: boolean;
  useUserBuffer(buffer: Uint8Array): void;
}

/** What the constructor of a socket also takes. */
interface HandleOptions extends net.SocketConstructorOpts {
  readonly handle: TcpHandle;
  readonly onread: net.OnReadOpts;
}

const nobody: LegReader = { read: () => true, eof: () => {}, closed: () => {} };

/**
 * A TCP connection read into a buffer of ours, by the function form of `onread`. Measured on Node 20, one pair:
 * 2.5 times the throughput of `pipe`, since no buffer is allocated per read and writes are large. `net.Server` has no
 * such option, so the handle of an accepted connection is given to a socket of our own.
 */
export class OnreadLeg implements Leg {
  readonly remoteAddress: string;
  readonly #socket: net.Socket;
  readonly #handle: TcpHandle;
  readonly #pool: BufferPool;
  readonly #buffer: ReadBuffer;
  #reader: LegReader = nobody;
  /** Reading has stopped, and the reader holds the buffer of this leg. */
  #lent = false;
  #written: (() => void) | undefined;
  #gone: (() => void) | undefined;

  /** @param handle that nothing reads: by `acceptHandles`, or by `takeHandle` */
  constructor(handle: TcpHandle, remoteAddress: string, pool: BufferPool) {
    this.remoteAddress = remoteAddress;
    // Although it is not: the constructor of the socket would else start before there is a reader.
    handle.reading = true;
    this.#pool = pool;
    this.#buffer = new ReadBuffer(pool, () => this.#shrink());
    const options: HandleOptions = {
      handle,
      allowHalfOpen: true,
      onread: { buffer: () => this.#buffer.bytes, callback: (count) => this.#onread(count) },
    };
    this.#socket = new net.Socket(options);
    handle.reading = false;
    this.#handle = handle;
    this.#socket.on("error", () => {});
    this.#socket.on("end", () => this.#reader.eof());
    this.#socket.on("close", () => this.#closed());
  }

  readTo(reader: LegReader): void {
    const first = this.#reader === nobody;
    this.#reader = reader;
    if (first) this.#socket.resume();
  }

  resume(): void {
    this.#lent = false;
    this.#buffer.resume();
    this.#socket.resume();
  }

  write(bytes: Buffer, written: () => void): boolean {
    const socket = this.#socket;
    if (!socket.writable) return true;
    socket.write(bytes, this.#onWritten);
    // Node has tried to write at once. What it could is done with; only what is still counted here is still read from.
    if (socket.writableLength === 0) return true;
    this.#written = written;
    return false;
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  get held(): number {
    return this.#socket.writableLength;
  }

  whenGone(listener: () => void): void {
    this.#gone = listener;
  }

  /** Also called for writes that were done at once: hence the question whether something is left. */
  readonly #onWritten = (): void => {
    const written = this.#written;
    if (written === undefined || this.#socket.writableLength > 0) return;
    this.#written = undefined;
    written();
  };

  #onread(count: number): boolean {
    const { bytes, grown } = this.#buffer;
    this.#buffer.learn(count);
    // The shared buffer is another leg's in a moment: of it goes a copy, 4 KiB at most. A buffer of its own is lent.
    const done = this.#reader.read(grown ? firstOf(bytes, count) : Buffer.from(bytes.subarray(0, count)));
    this.#lent = grown && !done;
    // Node asks for the next buffer when this returns: the free moment to change it.
    if (!this.#lent) this.#buffer.fit();
    if (!done || !this.#buffer.hadItsTurn(count)) return done;
    this.#pool.turns.next(this.#onTurn);
    return false;
  }

  /** Comes before the next read, so no reader can have stopped the leg meanwhile. */
  readonly #onTurn = (): void => {
    this.#socket.resume();
  };

  /** Without a read there is no moment at which Node asks for a buffer: it is given one. */
  #shrink(): void {
    if (this.#socket.destroyed) return;
    if (this.#lent) return this.#buffer.stall();
    this.#buffer.rest();
    giveBuffer(this.#socket, this.#handle, this.#buffer.bytes);
  }

  #closed(): void {
    this.#buffer.release(this.#lent);
    this.#reader.closed();
    this.#gone?.();
  }
}

/**
 * Moves the handle out of a socket, which is then destroyed without closing the connection.
 *
 * @param socket from a server with `pauseOnConnect`
 */
export function takeHandle(socket: net.Socket): TcpHandle {
  // The property is in no type, since it is not public API.
  const owner = socket as unknown as { _handle: TcpHandle | null };
  const handle = owner._handle;
  if (handle === null) throw new Error("the socket has no handle");
  owner._handle = null;
  // Lets the server count one connection less, so that its `close` event comes.
  socket.destroy();
  return handle;
}

/** Makes Node read into another buffer from now on. */
function giveBuffer(socket: net.Socket, handle: TcpHandle, buffer: Buffer): void {
  handle.useUserBuffer(buffer);
  // The socket's own reference to the old buffer would keep it from the garbage collector.
  const kBuffer = Object.getOwnPropertySymbols(socket).find(({ description }) => description === "kBuffer");
  if (kBuffer !== undefined) Reflect.set(socket, kBuffer, buffer);
}

/** The first `count` bytes, without a new object where they are all. */
function firstOf(bytes: Buffer, count: number): Buffer {
  return count === bytes.length ? bytes : bytes.subarray(0, count);
}
