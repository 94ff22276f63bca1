import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** Another way to a relay, on which the relay sees another address of this machine. */
export class Detour implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly url: string;

  private constructor(server: Server, sockets: Set<Socket>, port: number) {
    this.#server = server;
    this.#sockets = sockets;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** @param localAddress what the relay sees, such as 127.0.0.3 */
  static async to(relay: string, localAddress: string): Promise<Detour> {
    const { hostname: host, port } = new URL(relay);
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const onward = connect({ host, port: Number(port), localAddress });
      for (const [one, other] of [
        [client, onward],
        [onward, client],
      ] as const) {
        sockets.add(one.on("error", () => other.destroy()).on("close", () => void sockets.delete(one)));
        one.pipe(other);
      }
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Detour(server, sockets, (server.address() as { readonly port: number }).port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
