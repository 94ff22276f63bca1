import type { RandomBytes, Session } from "../protocol/index.js";
import type { ChannelName, CloseReason, Role, Uuid } from "../protocol/names.js";
import type { DuetError } from "../protocol/problem.js";
import type { Secret } from "../protocol/secret.js";
import type { SuiteName } from "../protocol/suite-names.js";
import type { Clock } from "./clock.js";
import type { GuessCount } from "./guess-count.js";
import type { PeerStream } from "./peer-stream.js";
import type { RelayConnection } from "./relay-connection.js";
import type { SeatKeeper } from "./seat-keeper.js";

/** What both sides of the exchange are given. */
export interface ExchangeOptions {
  readonly relay: RelayConnection;
  /** The sender may leave it to the relay; a recipient has it from the code. */
  readonly channel?: ChannelName;
  /** The canonical words of the code. */
  readonly secret: Secret;
  /** Which key agreement the sender proposes; a recipient takes what it knows. */
  readonly curve?: SuiteName;
  /** A capability from elsewhere; otherwise `seats` is asked, and else one is made. */
  readonly uuid?: Uuid;
  /** Where the capability of an unfinished transfer is kept. */
  readonly seats?: SeatKeeper;
  /** For an exchange that goes on with a code for which another one of this process has counted. */
  readonly guesses?: GuessCount;
  /** A person compares the digits of every round: then there are three at most, those that break off included. */
  readonly verifying?: boolean;
  /** Ends everything under way with its reason. `close` works after it too. */
  readonly signal: AbortSignal;
  /** How long to look for the other side, and how long to try again when something is lost. */
  readonly waitForPeerMs: number;
  /**
   * Asked after a wrong code, as long as there are guesses left: whether the human wants another round. Never
   * without a human; none is given without a terminal.
   */
  readonly confirmAnotherRound?: (error: DuetError, guessesLeft: number) => Promise<boolean>;
  readonly onEvent?: (event: ExchangeEvent) => void;
  /** The largest record this side takes. */
  readonly chunk?: number;
  /** The versions this side speaks. Another than the default is for tests. */
  readonly versions?: readonly number[];
  readonly random?: RandomBytes;
  readonly clock?: Clock;
}

/** What a person may want to know while it happens. */
export type ExchangeEvent =
  /** The other side has not done its step yet. Once for each thing that is waited for. */
  | { readonly type: "waiting"; readonly for: Role }
  /** A round began: the seat is held, and x is on its way or was read. */
  | { readonly type: "round"; readonly channel: ChannelName; readonly round: number }
  /** The other side answered with its share. */
  | { readonly type: "peer"; readonly round: number }
  /** A call or a connection was lost and is made again after a delay. */
  | { readonly type: "retrying"; readonly error: DuetError; readonly delayMs: number }
  /** A round ended without a verdict; another follows. */
  | { readonly type: "round_over"; readonly round: number | undefined }
  /** The operator of the relay has something to say; cleaned. */
  | { readonly type: "notice"; readonly text: string };

/** Both sides hold the same key, and know it. */
export interface Meeting {
  readonly role: Role;
  readonly channel: ChannelName;
  readonly round: number;
  readonly session: Session;
  /**
   * A connection to the other side through the stapler. The first time it is the one that was begun while the key was
   * still being agreed on; what is written at once leaves together with its hello line. Again: another one in the same
   * round, at once or after a short time when the one before was lost just now.
   *
   * @throws DuetError `round_over` when the round is no more: `meet()` again; what the other side closed the channel
   *   with; `stapler_unreachable` when there never was a connection; `connection_lost` when the time is over
   */
  dial(signal: AbortSignal): Promise<PeerStream>;
}

/** One side of the exchange, for as long as its code lives. */
export interface Exchange {
  /**
   * Meets the other side. Again: in the next round, with a new key.
   *
   * @throws DuetError `wrong_code`, `nobody_came`, `connection_lost`, `relay_unreachable`, what the relay refuses, what
   *   the other side closed the channel with
   */
  meet(): Promise<Meeting>;
  /**
   * Ends what is under way and closes the channel for both (seed step 18). Never fails, and never takes long: it is
   * called on the way out.
   */
  close(reason: CloseReason): Promise<void>;
}
