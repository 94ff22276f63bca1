import type { ChannelName, CloseReason, HhK, Hk, Role, Share, Uuid } from "../protocol/names.js";
import { DuetError, type ProblemCode } from "../protocol/problem.js";
import type { SuiteName } from "../protocol/suite-names.js";
import { type Joined, type Opened, hKFrom, joinedFrom, openedFrom, staplerOf, yFrom } from "./answers.js";
import type { Clock } from "./clock.js";
import type { ExchangeEvent } from "./exchange.js";
import type { StaplerAddress } from "./peer-stream.js";
import type { RelayClient } from "./relay-client.js";
import { closedByPeer, toDuetError } from "./relay-errors.js";
import { firstCall, isLoss, retrying } from "./retry.js";

/** One wait of a poll, in seconds: below the 30 that the relay allows and that common proxies cut at. */
const WAIT_SECONDS = 25;
/** A relay that answers `not_yet` sooner than it was asked to is not asked more often than this. */
const POLL_MIN_MS = 1_000;
/** A close is called on the way out of the command. */
const CLOSE_MS = 3_000;

/** One round of one channel. */
export interface RoundKey {
  readonly channel: ChannelName;
  readonly round: number;
}

export interface RelaySeatOptions {
  readonly client: RelayClient;
  readonly role: Role;
  readonly uuid: Uuid;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly onEvent: (event: ExchangeEvent) => void;
}

interface CallOptions {
  readonly signal: AbortSignal;
}

/**
 * The steps of the exchange as one side calls them: retried when lost, waited for when the other side has not acted,
 * and their answers checked. A lost call never ends a round; only the relay's word does (PROTOCOL.md section 3, rule 7).
 */
export class RelaySeat {
  readonly uuid: Uuid;
  readonly #options: RelaySeatOptions;
  #hasAnswered = false;

  constructor(options: RelaySeatOptions) {
    this.#options = options;
    this.uuid = options.uuid;
  }

  /** Step 1. @param channel undefined: the relay gives a free one */
  open(channel: ChannelName | undefined, deadline: number): Promise<Opened> {
    const input = { role: "sender", uuid: this.uuid, ...(channel === undefined ? {} : { channel }) } as const;
    return this.#call(deadline, async (client, options) =>
      openedFrom(await client.openChannel.mutate(input, options), channel),
    );
  }

  /** Step 5. Waits for the channel and for x, whichever comes last. */
  join(channel: ChannelName, deadline: number): Promise<Joined> {
    const input = { role: "recipient", channel, uuid: this.uuid } as const;
    return this.#whenThere(["not_yet", "unknown_channel"], deadline, async (client, options, wait) =>
      joinedFrom(await client.openChannel.mutate({ ...input, wait }, options), channel),
    );
  }

  /** Step 3. */
  postX(key: RoundKey, x: Share, curve: SuiteName, deadline: number): Promise<void> {
    return this.#call(
      deadline,
      async (client, options) => void (await client.postToChannel.mutate({ ...key, x, curve }, options)),
    );
  }

  /** Step 7, the recipient's side. */
  postY(key: RoundKey, y: Share, hhK: HhK, deadline: number): Promise<StaplerAddress> {
    return this.#call(deadline, async (client, options) =>
      staplerOf(await client.postToChannel.mutate({ ...key, y, hh_k: hhK }, options)),
    );
  }

  /** Step 7, the sender's side. Waits for the recipient. */
  y(key: RoundKey, deadline: number): Promise<ReturnType<typeof yFrom>> {
    return this.#whenThere(["not_yet"], deadline, async (client, options, wait) =>
      yFrom(await client.getY.query({ ...key, wait }, options)),
    );
  }

  /** Step 9. */
  postHk(key: RoundKey, hK: Hk, deadline: number): Promise<StaplerAddress> {
    return this.#call(deadline, async (client, options) =>
      staplerOf(await client.postHk.mutate({ ...key, h_k: hK }, options)),
    );
  }

  /** Step 10. Waits for the sender. */
  hK(key: RoundKey, deadline: number): Promise<string> {
    return this.#whenThere(["not_yet"], deadline, async (client, options, wait) =>
      hKFrom(await client.getHk.query({ ...key, wait }, options)),
    );
  }

  /** Steps 11 and 13: asked before a connection is made again, since stapler and round may have changed. */
  openConnection(key: RoundKey, deadline: number): Promise<StaplerAddress> {
    return this.#call(deadline, async (client, options) => {
      const procedure = this.#options.role === "sender" ? client.openSenderPost : client.openRecipientPost;
      return staplerOf(await procedure.mutate(key, options));
    });
  }

  /** Step 18. Works when everything else has been aborted; tries twice, and gives up quietly. */
  async close(channel: ChannelName, reason: CloseReason): Promise<void> {
    const { client, clock } = this.#options;
    const signal = AbortSignal.timeout(CLOSE_MS);
    let tries = 0;
    const call = async (): Promise<void> => {
      tries += 1;
      try {
        await client.closeChannelPost.mutate({ channel, reason }, { signal });
      } catch (error) {
        throw toDuetError(error);
      }
    };
    const worthwhile = (error: DuetError): boolean => tries < 2 && isLoss(error);
    await retrying(call, { clock, signal, deadline: Infinity, worthwhile }).catch(() => {});
  }

  async #call<T>(deadline: number, make: (client: RelayClient, options: CallOptions) => Promise<T>): Promise<T> {
    const { client, clock, signal, onEvent } = this.#options;
    const attempt = async (limited: AbortSignal): Promise<T> => {
      try {
        const answer = await make(client, { signal: limited });
        this.#hasAnswered = true;
        return answer;
      } catch (cause) {
        const error = toDuetError(cause);
        this.#hasAnswered ||= error.code !== "relay_unreachable";
        throw closedByPeer(error);
      }
    };
    const options = {
      clock,
      signal,
      deadline,
      onRetry: (error: DuetError, delayMs: number) => onEvent({ type: "retrying", error, delayMs }),
    };
    if (!this.#hasAnswered) return await firstCall(attempt, options);
    try {
      return await retrying(() => attempt(signal), options);
    } catch (error) {
      signal.throwIfAborted();
      throw isLoss(error)
        ? new DuetError("connection_lost", { message: "the relay was lost and did not come back", cause: error })
        : error;
    }
  }

  /** @param codes what the relay says as long as the other side has not acted */
  async #whenThere<T>(
    codes: readonly ProblemCode[],
    deadline: number,
    make: (client: RelayClient, options: CallOptions, wait: number) => Promise<T>,
  ): Promise<T> {
    const { clock, signal, role, onEvent } = this.#options;
    for (let polls = 0; ; polls++) {
      const start = clock.now();
      // The first call of all shall be answered soon, so that a relay that is not there is noticed.
      const wait = this.#hasAnswered ? Math.max(0, Math.min(WAIT_SECONDS, Math.ceil((deadline - start) / 1000))) : 0;
      try {
        return await this.#call(deadline, (client, options) => make(client, options, wait));
      } catch (error) {
        if (!(error instanceof DuetError) || !codes.includes(error.code)) throw error;
      }
      if (polls === 0) onEvent({ type: "waiting", for: role === "sender" ? "recipient" : "sender" });
      if (clock.now() >= deadline) throw new DuetError("nobody_came");
      const early = start + (wait === 0 ? 0 : POLL_MIN_MS) - clock.now();
      if (early > 0) await clock.sleep(early, signal);
    }
  }
}
