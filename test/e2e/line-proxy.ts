import { connect, type Socket } from "node:net";
import { listening, type TestServer } from "../client/servers.js";
import { createServer } from "node:net";

/** What a proxy does to the bytes of one direction of a line. */
export interface LineFilter {
  /** @returns what goes on; `cut` ends the line for both ends behind it */
  pass(bytes: Buffer, cut: () => void): Buffer;
}

export interface LineProxyOptions {
  /** The stapler. */
  readonly port: number;
  /** For each line, by its number from 0: what comes from the peer and what goes to it. */
  readonly filters: (line: number) => { readonly fromPeer?: LineFilter; readonly toPeer?: LineFilter };
  /**
   * Whether a cut is a reset, which takes along what is on its way. Without it both ends see an end in order, and one behind
   * the last word is how a sender says that it has heard it.
   */
  readonly isReset?: boolean;
}

/** Stands between a peer and a stapler. Back-pressure goes through it. */
export async function lineProxy({ port, filters, isReset = false }: LineProxyOptions): Promise<TestServer> {
  let lines = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (peer) => {
    const { fromPeer, toPeer } = filters(lines++);
    const stapler = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    stapler.on("error", () => {});
    const cut = (): void => {
      for (const socket of [peer, stapler]) {
        if (isReset) socket.resetAndDestroy();
        else socket.destroy();
      }
    };
    pump(peer, stapler, fromPeer, cut);
    pump(stapler, peer, toPeer, cut);
  });
  return await listening(server);
}

function pump(from: Socket, to: Socket, filter: LineFilter | undefined, cut: () => void): void {
  from.on("data", (bytes: Buffer) => {
    const passed = filter === undefined ? bytes : filter.pass(bytes, cut);
    if (passed.length > 0 && !to.destroyed && !to.write(passed)) from.pause();
  });
  to.on("drain", () => from.resume());
  from.on("end", () => to.end());
  from.on("close", () => to.destroy());
}
