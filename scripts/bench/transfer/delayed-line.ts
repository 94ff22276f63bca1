import { once } from "node:events";
import net, { type Socket } from "node:net";
import { freePort } from "../processes.js";
import { median } from "../stats.js";

interface Place {
  readonly host: string;
  readonly port: number;
}

/**
 * A line with a delay, in place of the kernel's, which needs a module that few machines have. Passes bytes on half a
 * round trip late. A connection takes a whole one to stand: what is said on it earlier waits for that.
 */
export async function delayedLine(from: Place, to: Place, roundTripMs: number): Promise<AsyncDisposable> {
  const open = new Set<Socket>();
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (caller) => {
    const target = net.connect({ ...to, allowHalfOpen: true, noDelay: true });
    passOn(caller, target, roundTripMs / 2, performance.now() + roundTripMs);
    passOn(target, caller, roundTripMs / 2, 0);
    for (const socket of [caller, target]) open.add(socket.once("close", () => open.delete(socket)));
  });
  server.listen(from.port, from.host);
  await once(server, "listening");
  return {
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** What a byte there and back really takes on such a line: timers fire late rather than early. Median of nine. */
export async function measuredRoundTripMs(roundTripMs: number): Promise<number> {
  const echo = net.createServer({ noDelay: true }, (socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
  await once(echo, "listening");
  const [near, far] = [echo.address(), await freePort()];
  if (near === null || typeof near === "string") throw new Error("no port");
  await using _line = await delayedLine(
    { host: "127.0.0.1", port: far },
    { host: "127.0.0.1", port: near.port },
    roundTripMs,
  );
  const socket = net.connect({ host: "127.0.0.1", port: far, noDelay: true });
  try {
    const took: number[] = [];
    // The first waits for the connection.
    for (let ping = 0; ping < 10; ping++) {
      const said = performance.now();
      socket.write("?");
      await once(socket, "data");
      if (ping > 0) took.push(performance.now() - said);
    }
    return median(took);
  } finally {
    socket.destroy();
    echo.close();
  }
}

/** @param notBefore when the first bytes may be sent, on the clock of `performance` */
function passOn(from: Socket, to: Socket, delayMs: number, notBefore: number): void {
  const later = (act: () => void): void => {
    setTimeout(act, Math.max(0, notBefore - performance.now()) + delayMs);
  };
  from.on("data", (bytes) => later(() => to.write(bytes)));
  from.on("end", () => later(() => to.end()));
  from.on("error", () => to.destroy());
  from.on("close", () => later(() => to.destroy()));
}
