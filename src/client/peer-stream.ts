/**
 * The bytes between two peers, whatever carries them: TCP through the stapler here, a WebSocket elsewhere.
 * Reading is by filling the caller's memory, so that a record of 1 MiB is not copied on its way in.
 */
export interface PeerStream {
  /**
   * Fills `target`. One call at a time.
   *
   * @returns `target.length`, or less when the peer has ended its side
   * @throws DuetError what the stapler said in place of a peer, or `connection_lost`
   */
  readFully(target: Uint8Array): Promise<number>;

  /**
   * Sends the parts back to back. Resolves when they have left this process, which is the back-pressure, and only
   * then may their memory be used again. Several may be under way; they keep their order.
   *
   * @throws DuetError as `readFully`
   */
  write(parts: readonly Uint8Array[]): Promise<void>;

  /** Sends what is still queued, then the end of this side. */
  end(): Promise<void>;

  /** Drops the connection at once. Calls that wait are rejected with `connection_lost`. */
  destroy(): void;

  /** Resolves when nothing of the connection is left; never rejects. */
  readonly closed: Promise<void>;

  /** Which way the bytes take, as far as it is known. */
  readonly via?: PeerPath | undefined;
}

/** A way to the other side. There is one kind today. */
export interface PeerPath {
  readonly kind: "stapler";
  /** `host:port` of what this side is connected to. */
  readonly address: string;
}

/** Where a stapler can be reached, as a relay answers it (PROTOCOL.md, section 2). */
export interface StaplerAddress {
  /** Null: at the address of the relay itself. */
  readonly host: string | null;
  readonly port: number;
  readonly websocket_url: string | null;
}

/** A connection to a stapler that has not said its hello line yet: nobody learns from it who is calling. */
export interface StaplerDial {
  /** Rejects with `stapler_unreachable`. Handled: a dial that nobody awaits any more may fail quietly. */
  readonly connected: Promise<void>;
  /** False once the connection is gone; a stapler drops one that stays silent for long. */
  readonly isUsable: boolean;
  /**
   * Says the hello line, once, and hands out the stream. What is written at once goes out in the same flight; the
   * stapler keeps it until both sides are there.
   */
  greet(line: string): PeerStream;
  /** Drops the connection, unless `greet` has handed it out. */
  cancel(): void;
}
