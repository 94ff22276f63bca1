import { type Session, formatHelloLine } from "../protocol/index.js";
import { DuetError, isProblem } from "../protocol/problem.js";
import { counted } from "./carried.js";
import type { Clock } from "./clock.js";
import type { ExchangeEvent, Meeting } from "./exchange.js";
import type { PeerStream, StaplerDial } from "./peer-stream.js";
import type { RelayConnection } from "./relay-connection.js";
import type { RelaySeat, RoundKey } from "./relay-seat.js";
import { FIRST_ANSWER_MS, RETRY_CAP_MS, isLoss, retrying } from "./retry.js";

/** A connection that held for so long, or was of use, did not fail at the door: the next one is made at once. */
const HELD_MS = 10_000;

export interface MeetingOptions extends RoundKey {
  readonly session: Session;
  readonly seat: RelaySeat;
  readonly relay: RelayConnection;
  /** Begun while the key was still being agreed on. */
  readonly early: StaplerDial | undefined;
  readonly clock: Clock;
  readonly waitForPeerMs: number;
  readonly onEvent: (event: ExchangeEvent) => void;
}

/** Steps 11 to 15, as often as the connection breaks. */
export function createMeeting(options: MeetingOptions): Meeting {
  const { channel, round, session, seat, relay, clock, onEvent } = options;
  const { role, hK } = session;
  const line = formatHelloLine({ role, channel, uuid: seat.uuid, hK });
  let { early } = options;
  let hadConnection = false;
  /** Connections in a row that brought nothing. */
  let useless = 0;
  let lastDial = -Infinity;
  let wasOfUse = (): boolean => true;

  const watched = (inner: PeerStream): PeerStream => {
    const { stream, ...watch } = counted(inner);
    ({ wasOfUse } = watch);
    return stream;
  };

  const first = async (signal: AbortSignal): Promise<PeerStream | undefined> => {
    const dial = early;
    early = undefined;
    if (dial === undefined) return undefined;
    return await greeted(dial, signal).catch(() => undefined);
  };

  const greeted = async (dial: StaplerDial, signal: AbortSignal): Promise<PeerStream> => {
    const cancel = (): void => dial.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      signal.throwIfAborted();
      await dial.connected;
      if (!dial.isUsable) throw new DuetError("connection_lost");
      hadConnection = true;
      return dial.greet(line);
    } catch (error) {
      dial.cancel();
      throw error;
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  };

  const again = async (signal: AbortSignal): Promise<PeerStream> => {
    const deadline = clock.now() + (hadConnection ? options.waitForPeerMs : FIRST_ANSWER_MS);
    const worthwhile = (error: DuetError): boolean => error.code === "connection_lost" || isLoss(error);
    const attempt = async (): Promise<PeerStream> => {
      const stapler = await seat.openConnection({ channel, round }, deadline);
      return await greeted(relay.dial(stapler, signal), signal);
    };
    try {
      return await retrying(attempt, {
        clock,
        signal,
        deadline,
        worthwhile,
        onRetry: (error, delayMs) => onEvent({ type: "retrying", error, delayMs }),
      });
    } catch (error) {
      signal.throwIfAborted();
      // A relay that was restarted, and in which the sender was first, knows the channel but not this recipient.
      if (isProblem(error, "unknown_channel") || (hadConnection && isProblem(error, "not_yours")))
        throw new DuetError("round_over", { cause: error });
      throw hadConnection && isLoss(error) ? new DuetError("connection_lost", { cause: error }) : error;
    }
  };

  return {
    role,
    channel,
    round,
    session,
    dial: async (signal) => {
      signal.throwIfAborted();
      const stream = await first(signal);
      signal.throwIfAborted();
      if (stream !== undefined) {
        lastDial = clock.now();
        return watched(stream);
      }
      useless = wasOfUse() || clock.now() - lastDial >= HELD_MS ? 0 : useless + 1;
      if (useless > 1) await clock.sleep(clock.random() * RETRY_CAP_MS, signal);
      lastDial = clock.now();
      return watched(await again(signal));
    },
  };
}
