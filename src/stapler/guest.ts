import { type StaplerErrorCode, isStaplerErrorCode } from "../protocol/hello-line.js";
import type { Role } from "../protocol/names.js";
import { isProblem } from "../protocol/problem.js";
import type { Admission, Hello, RoundRef } from "./admission.js";
import type { Clock } from "./clock.js";
import type { Visit } from "./doors.js";
import { EarlyBytes } from "./early.js";
import { sayFarewell } from "./farewell.js";
import { WAITING, errorLine } from "./hello.js";
import type { Leg, LegReader } from "./leg.js";
import { REFUSAL_MS, type StaplerLimits } from "./limits.js";
import type { Pairs, Party } from "./pairs.js";
import type { Turns } from "./turns.js";

/** What connections need of their stapler. */
export interface GuestServices {
  readonly admission: Admission;
  readonly pairs: Pairs;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly limits: Pick<StaplerLimits, "helloTimeoutMs" | "waitingTimeoutMs">;
  /** A peer was turned away. */
  refused(code: StaplerErrorCode): void;
  /** The relay could not be asked. */
  failed(error: unknown): void;
}

/** A connection that has said its hello line: it asks the relay, waits for its partner, and keeps what comes early. */
export class Guest implements LegReader, Party {
  readonly role: Role;
  readonly leg: Leg;
  readonly early = new EarlyBytes();
  readonly #hello: Hello;
  readonly #services: GuestServices;
  #ended = false;
  #alone = false;
  #round: RoundRef | undefined;
  #cancelTimer: () => void = () => {};

  constructor(hello: Hello, leg: Leg, services: GuestServices) {
    this.role = hello.role;
    this.leg = leg;
    this.#hello = hello;
    this.#services = services;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Asks the relay, and goes to meet the other side. Never rejects. */
  async ask(visit: Visit): Promise<void> {
    const { admission, pairs } = this.#services;
    const expected = pairs.expect(this.#hello.channel);
    try {
      this.#round = await admission.admit(this.#hello, this.leg.remoteAddress);
    } catch (error) {
      pairs.forget(expected);
      const code = this.#codeOf(error);
      // A relay that is away is not the peer's fault.
      if (code !== "unavailable") visit.refused();
      this.refuse(code);
      return;
    }
    visit.admitted();
    pairs.arrive(expected, this.#round, this);
  }

  async askAgain(round: RoundRef): Promise<void> {
    const { admission, pairs } = this.#services;
    try {
      pairs.confirm(this, round, await admission.admit(this.#hello, this.leg.remoteAddress));
    } catch (error) {
      const code = this.#codeOf(error);
      // While the relay is away everyone stays where they are.
      if (code !== "unavailable" && pairs.left(this, round)) this.refuse(code);
    }
  }

  wait(): void {
    const { turns } = this.#services;
    this.#alone = true;
    // A side that came right behind this one is spared the line: a write to a socket is the dearest step of all. libuv
    // accepts one connection a turn and reads it in the next, so that side is heard in the turn after this one.
    turns.next(() => turns.next(() => this.#sayWaiting()));
  }

  join(): void {
    this.#alone = false;
    this.#cancelTimer();
  }

  refuse(code: StaplerErrorCode): void {
    this.#alone = false;
    this.#cancelTimer();
    turnAway(this.leg, code, this.#services);
  }

  read(bytes: Buffer): boolean {
    return bytes.length === 0 || this.early.keep(bytes);
  }

  eof(): void {
    this.#ended = true;
    // Not while the relay is still being asked: if it refuses, the peer can still read why.
    if (this.#leave()) this.leg.destroy();
  }

  closed(): void {
    this.#leave();
  }

  #sayWaiting(): void {
    if (!this.#alone) return;
    const { clock, limits } = this.#services;
    this.leg.write(WAITING, () => {});
    this.#cancelTimer = clock.after(limits.waitingTimeoutMs, () => {
      this.#leave();
      this.refuse("timeout");
    });
  }

  /** @returns whether it was waiting */
  #leave(): boolean {
    this.#alone = false;
    this.#cancelTimer();
    return this.#round !== undefined && this.#services.pairs.left(this, this.#round);
  }

  #codeOf(error: unknown): StaplerErrorCode {
    if (isProblem(error, "channel_full")) return "full";
    const code = isProblem(error) && isStaplerErrorCode(error.code) ? error.code : "unavailable";
    if (code === "unavailable") this.#services.failed(error);
    return code;
  }
}

/** Says why, and lets go. */
export function turnAway(
  leg: Leg,
  code: StaplerErrorCode,
  { clock, refused }: Pick<GuestServices, "clock" | "refused">,
): void {
  refused(code);
  if (leg.destroyed) return;
  leg.write(errorLine(code), () => {});
  sayFarewell(leg, clock, REFUSAL_MS);
}
