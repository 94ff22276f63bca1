import type { Uuid } from "../protocol/names.js";
import type { StaplerAddress, StaplerDial } from "./peer-stream.js";
import type { RelayClient } from "./relay-client.js";

/** A relay as the exchange sees it: calls, and the way to its stapler. What carries them is not known here. */
export interface RelayConnection {
  /** As it names the relay to a person, and in the file of a seat. */
  readonly url: string;
  /** A typed client that speaks for this uuid. All clients share the connection. */
  client(uuid?: Uuid): RelayClient;
  /**
   * Begins a connection to the stapler, from the address that the relay has seen, and says nothing on it yet. The
   * signal ends it as long as its hello line has not been said.
   */
  dial(stapler: StaplerAddress, signal: AbortSignal): StaplerDial;
  /** Connects ahead of the first call, while a code is being typed. */
  preconnect(): void;
  /** Lets go of idle connections. */
  close(): void;
}
