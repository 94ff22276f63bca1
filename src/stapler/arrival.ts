import type { Visit } from "./doors.js";
import { Guest, type GuestServices, turnAway } from "./guest.js";
import { HelloReader } from "./hello.js";
import type { Leg, LegReader } from "./leg.js";

/** A connection that has not said its hello line yet. */
export interface Arrival {
  refuse(code: "unavailable"): void;
}

/**
 * Awaits the hello line of a new connection, and goes on from there.
 *
 * @param others the arrival is among them until it has said its line or is gone
 */
export function awaitHello(leg: Leg, visit: Visit, services: GuestServices, others: Set<Arrival>): void {
  others.add(new HelloAwaited(leg, visit, services, others));
}

class HelloAwaited implements LegReader, Arrival {
  readonly #leg: Leg;
  readonly #visit: Visit;
  readonly #services: GuestServices;
  readonly #hello = new HelloReader();
  readonly #others: Set<Arrival>;
  readonly #cancelTimer: () => void;

  constructor(leg: Leg, visit: Visit, services: GuestServices, others: Set<Arrival>) {
    this.#leg = leg;
    this.#visit = visit;
    this.#services = services;
    // Set once, for the whole line: bytes that trickle in do not extend it.
    this.#cancelTimer = services.clock.after(services.limits.helloTimeoutMs, () => this.refuse("timeout"));
    this.#others = others;
    leg.readTo(this);
  }

  read(bytes: Buffer): boolean {
    const progress = this.#hello.push(bytes);
    if (progress.kind === "more") return true;
    if (this.#visit.exhausted) {
      this.refuse("busy");
      return true;
    }
    if (progress.kind === "bad") {
      this.refuse("bad_hello");
      return true;
    }
    this.#over();
    const guest = new Guest(progress.hello, this.#leg, this.#services);
    this.#leg.readTo(guest);
    void guest.ask(this.#visit);
    return guest.read(progress.rest);
  }

  eof(): void {
    // Whoever says nothing at all wants no answer: a health check, or a port scan.
    if (this.#hello.empty) this.#leg.destroy();
    else this.refuse("bad_hello");
  }

  closed(): void {
    this.#over();
  }

  refuse(code: "bad_hello" | "busy" | "timeout" | "unavailable"): void {
    if (code === "bad_hello") this.#visit.refused();
    this.#over();
    turnAway(this.#leg, code, this.#services);
  }

  #over(): void {
    this.#cancelTimer();
    this.#others.delete(this);
  }
}
