import type { HelloLine } from "../protocol/hello-line.js";
import type { Role } from "../protocol/names.js";
import type { Release, RoundRef } from "../relay/index.js";

/** What a peer says in its first line. Inside the encrypted stream there is another hello: that one is not seen here. */
export type Hello = HelloLine;

export type { Release, RoundRef };

/**
 * What a stapler asks of its relay. In the same process, or over HTTP.
 * Every method throws a DuetError; `unavailable` when the relay cannot be reached.
 */
export interface Admission {
  /**
   * Whether this peer may wait for its other side.
   *
   * @param address the peer's IP address, as the socket has it
   * @throws DuetError `unknown_channel`, `full`, `not_yours`, `wrong_h_k`, `not_open`, `round_over`, `closed`, `unavailable`
   */
  admit(hello: Hello, address: string): Promise<RoundRef>;
  /** Both connections of this round are spliced now. */
  stapled(round: RoundRef): Promise<void>;
  /** The splice ended, or with a role: the connection of that side, still alone, went away. */
  ended(round: RoundRef, alone?: Role): Promise<void>;
  /** Rounds that ended, for those that this stapler was admitted to. Ends when the signal aborts. */
  releases(signal: AbortSignal): AsyncIterable<Release>;
}
