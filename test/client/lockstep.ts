import { type Socket, connect } from "node:net";
import { type TestServer, tcpServer } from "./servers.js";

const STANDSTILL_MS = 10_000;

/**
 * A network in which everything takes exactly one flight from end to end, and time passes flight by flight: bytes that
 * are sent arrive when all that was sent before them has, and everybody has done all they can without an answer. So a
 * count of flights is a count of half round trips, whatever the machine is doing.
 */
export class Lockstep implements AsyncDisposable {
  #flight: (() => void)[] = [];
  #flights = 0;
  readonly #servers: TestServer[] = [];
  readonly #sockets = new Set<Socket>();

  /** How many flights have been made. */
  get flights(): number {
    return this.#flights;
  }

  /** Puts something on its way: it happens in the next flight. */
  send(arrive: () => void): void {
    this.#flight.push(arrive);
  }

  /** As long as so many flights take. */
  async after(flights: number): Promise<void> {
    for (let i = 0; i < flights; i++) await new Promise<void>((resolve) => this.send(resolve));
  }

  /** A way to a server through this network. */
  async wayTo(port: number): Promise<TestServer> {
    const server = await tcpServer((near) => {
      const far = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
      this.#join(near, far);
      this.#join(far, near);
    });
    this.#servers.push(server);
    return server;
  }

  /** Lets time pass until `done` settles. */
  async until<T>(done: Promise<T>): Promise<T> {
    let isOver = false;
    const over = (): void => void (isOver = true);
    done.then(over, over);
    let lastFlight = performance.now();
    for (;;) {
      await this.#quiet();
      if (isOver) return await done;
      const landing = this.#flight;
      if (landing.length === 0) {
        // Somebody computes or loads something. For ever would be a test that hangs without saying why.
        if (performance.now() - lastFlight > STANDSTILL_MS)
          throw new Error("nothing is on its way, and it is not done");
        continue;
      }
      lastFlight = performance.now();
      this.#flight = [];
      this.#flights += 1;
      for (const arrive of landing) arrive();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers) await server[Symbol.asyncDispose]();
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on("data", (bytes) => this.send(() => void to.write(bytes)));
    from.on("end", () => this.send(() => void to.end()));
    from.on("error", () => to.destroy());
  }

  /** Everybody has done what they can: nothing new was sent for many turns of the event loop. */
  async #quiet(): Promise<void> {
    let sent = -1;
    for (let same = 0; same < 100;) {
      await new Promise((resolve) => setImmediate(resolve));
      same = this.#flight.length === sent ? same + 1 : 0;
      sent = this.#flight.length;
    }
  }
}
