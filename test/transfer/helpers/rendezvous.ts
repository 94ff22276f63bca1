import type { Exchange, Meeting } from "../../../src/client/exchange.js";
import type { PeerStream } from "../../../src/client/peer-stream.js";
import type { ChannelName, CloseReason, Role } from "../../../src/protocol/names.js";
import { DuetError } from "../../../src/protocol/problem.js";
import { type Session, startRecipient, startSender, Secret } from "../../../src/protocol/index.js";
import { createStreamPair, type MemoryStream, type StreamPairOptions } from "../../helpers/stream-pair.js";

const CHANNEL = "4821" as ChannelName;

/** Both ends of a key that was agreed on. The smallest chunk, so that small files cross chunks. */
export async function agree(chunk = 16_384): Promise<{ readonly sender: Session; readonly recipient: Session }> {
  const common = {
    channel: CHANNEL,
    secret: new Secret(Buffer.from("cactus-lemon-violin")),
    curve: "ristretto255",
    chunk,
  } as const;
  const run = await startSender(common);
  const answer = await startRecipient({ ...common, x: run.x });
  const sender = run.finish(answer.y, answer.hhK);
  return { sender, recipient: answer.confirm(sender.hK) };
}

/** What a test does to the lines, by their number from 0. */
export type LineOptions = (line: number) => StreamPairOptions;

/** A relay and a stapler in memory: two exchanges that meet, and lines between them that a test can break. */
export class Rendezvous {
  readonly sender: FakeExchange;
  readonly recipient: FakeExchange;
  /** Every line so far: the sender's end and the recipient's. */
  readonly lines: (readonly [MemoryStream, MemoryStream])[] = [];
  readonly closes: { readonly role: Role; readonly reason: CloseReason }[] = [];
  /** A new key for every round, made in advance. */
  readonly #sessions: readonly { readonly sender: Session; readonly recipient: Session }[];
  readonly #line: LineOptions;
  readonly #waiting = new Map<Role, (stream: PeerStream | undefined) => void>();
  round = 0;
  #isDeserted = false;

  constructor(
    sessions: readonly { readonly sender: Session; readonly recipient: Session }[],
    line: LineOptions = () => ({}),
  ) {
    this.#sessions = sessions;
    this.#line = line;
    this.sender = new FakeExchange("sender", this);
    this.recipient = new FakeExchange("recipient", this);
  }

  /** The relay forgets the round: who dials in it is sent to the next one. */
  endRound(): void {
    this.round++;
  }

  /** Nobody is at the other end any more: who dials gives up, as a meeting does when its time is over. */
  desert(): void {
    this.#isDeserted = true;
    for (const wake of this.#waiting.values()) wake(undefined);
  }

  session(role: Role): Session {
    const session = this.#sessions[this.round]?.[role];
    if (session === undefined) throw new DuetError("nobody_came");
    return session;
  }

  async dial(role: Role, round: number, signal: AbortSignal): Promise<PeerStream> {
    signal.throwIfAborted();
    const [closed] = this.closes;
    if (closed !== undefined)
      throw new DuetError(closed.reason === "cancelled" || closed.reason === "declined" ? closed.reason : "failed");
    if (round !== this.round) throw new DuetError("round_over");
    if (this.#isDeserted) throw new DuetError("connection_lost");
    const other = this.#waiting.get(role === "sender" ? "recipient" : "sender");
    if (other === undefined) return await this.#wait(role, signal);
    this.#waiting.clear();
    const line = createStreamPair(this.#line(this.lines.length));
    this.lines.push(line);
    other(role === "sender" ? line[1] : line[0]);
    return role === "sender" ? line[0] : line[1];
  }

  closed(role: Role, reason: CloseReason): void {
    this.closes.push({ role, reason });
    for (const wake of this.#waiting.values()) wake(undefined);
  }

  async #wait(role: Role, signal: AbortSignal): Promise<PeerStream> {
    let aborted = (): void => {};
    const stream = await new Promise<PeerStream | undefined>((resolve, reject) => {
      this.#waiting.set(role, resolve);
      aborted = () => reject(signal.reason);
      signal.addEventListener("abort", aborted, { once: true });
    }).finally(() => signal.removeEventListener("abort", aborted));
    if (stream === undefined) throw new DuetError(this.#isDeserted ? "connection_lost" : "cancelled");
    return stream;
  }
}

export class FakeExchange implements Exchange {
  readonly #role: Role;
  readonly #rendezvous: Rendezvous;

  constructor(role: Role, rendezvous: Rendezvous) {
    this.#role = role;
    this.#rendezvous = rendezvous;
  }

  async meet(): Promise<Meeting> {
    const { round } = this.#rendezvous;
    return {
      role: this.#role,
      channel: CHANNEL,
      round,
      session: this.#rendezvous.session(this.#role),
      dial: (signal) => this.#rendezvous.dial(this.#role, round, signal),
    };
  }

  async close(reason: CloseReason): Promise<void> {
    this.#rendezvous.closed(this.#role, reason);
  }
}
