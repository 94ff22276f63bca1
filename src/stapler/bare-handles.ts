import type net from "node:net";
import { KEEP_ALIVE_MS } from "./limits.js";
import type { TcpHandle } from "./onread-leg.js";

/** What more of Node's TCP handle is used where no socket does it. */
interface AcceptedHandle extends TcpHandle {
  /** @returns 0, or the system's error */
  getpeername(into: { address?: string }): number;
  close(): void;
}

/** The handle of a listening server. Not public API. */
interface ListeningHandle {
  setNoDelay(on: boolean): number;
  setKeepAlive(on: boolean, seconds: number): number;
  onconnection?: (error: number, accepted: AcceptedHandle | undefined) => void;
}

/** A connection of which there is only the handle. */
export interface BareConnection {
  readonly handle: TcpHandle;
  readonly remoteAddress: string;
  /** Drops it. Not once a leg has it. */
  readonly close: () => void;
}

/**
 * Hands out the connections of a server as handles, before Node has made a socket of each. `OnreadLeg` makes its own, and
 * two of them cost a tenth of all that it takes to join a pair. Such connections are not the server's any more: it neither
 * counts them nor waits for them when it closes.
 *
 * @param server listens already
 * @returns false on a Node without what is needed; then everything is as before
 */
export function acceptHandles(server: net.Server, connected: (connection: BareConnection) => void): boolean {
  // The property is in no type, since it is not public API.
  const { _handle: listening } = server as unknown as { readonly _handle: ListeningHandle | null };
  const byNode = listening?.onconnection;
  if (listening === null || byNode === undefined) return false;
  // What is accepted inherits both (Stevens, UNIX Network Programming, 7.4; the test is for Linux), which spares each
  // connection five calls into the system: 6 % of the processor time of a pair.
  listening.setNoDelay(true);
  listening.setKeepAlive(true, KEEP_ALIVE_MS / 1000);
  listening.onconnection = (error, accepted) => {
    if (error !== 0 || accepted === undefined) {
      byNode.call(listening, error, accepted);
      return;
    }
    const peer: { address?: string } = {};
    // No address: the peer is gone already.
    if (accepted.getpeername(peer) !== 0 || peer.address === undefined) {
      accepted.close();
      return;
    }
    connected({ handle: accepted, remoteAddress: peer.address, close: () => accepted.close() });
  };
  return true;
}
