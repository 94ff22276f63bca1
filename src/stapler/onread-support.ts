import { once } from "node:events";
import net from "node:net";
import { acceptHandles } from "./bare-handles.js";
import { BUFFER_SIZES, BufferPool } from "./buffers.js";
import type { Leg } from "./leg.js";
import { OnreadLeg, takeHandle } from "./onread-leg.js";
import type { StaplerImplementation } from "./stapler.js";

const LOOPBACK = "127.0.0.1";
/** Loopback answers in well under this; a Node on which something never arrives must not hold up the start. */
const TRIAL_MS = 2_000;

let result: Promise<StaplerImplementation> | undefined;

/**
 * The fastest form that works here. `OnreadLeg` and `acceptHandles` rest on parts of Node that are not public API, so
 * all of them are tried, once in a process, over loopback. They work on Node 20, 22, 24 and 26. Not on Windows, where
 * the system fills a buffer while a read is pending: there it can neither be shared nor be taken back.
 */
export function bestImplementation(platform: NodeJS.Platform = process.platform): Promise<StaplerImplementation> {
  if (platform === "win32") return Promise.resolve("public");
  result ??= firstThatWorks();
  return result;
}

async function firstThatWorks(): Promise<StaplerImplementation> {
  if (await tryLeg(byHandle).catch(() => false)) return "bare";
  const bySocket = accepting((accepted, pool) => new OnreadLeg(takeHandle(accepted), LOOPBACK, pool));
  return (await tryLeg(bySocket).catch(() => false)) ? "onread" : "public";
}

/** Makes a leg of the first connection of a server that listens. Rejects when the signal aborts. */
export type FirstLeg = (server: net.Server, pool: BufferPool, signal: AbortSignal) => Promise<Leg>;

/** Of a connection that Node has made a socket of. */
export function accepting(make: (accepted: net.Socket, pool: BufferPool) => Leg): FirstLeg {
  return async (server, pool, signal) => {
    // What an event brings is not known to the type of `once`.
    const [accepted] = (await once(server, "connection", { signal })) as [net.Socket];
    return make(accepted, pool);
  };
}

const byHandle: FirstLeg = (server, pool, signal) =>
  new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("no handle came")));
    const works = acceptHandles(server, ({ handle }) => resolve(new OnreadLeg(handle, LOOPBACK, pool)));
    if (!works) reject(new Error("this Node hands out no handles"));
  });

/**
 * Sends a text through a leg and back, once while its buffer grows, and once after it was taken back to its resting
 * size. Where a new buffer is not what Node reads into, the text comes back wrong.
 *
 * @returns whether both came back, and the buffer did grow
 */
export async function tryLeg(first: FirstLeg, withinMs = TRIAL_MS): Promise<boolean> {
  const signal = AbortSignal.timeout(withinMs);
  let sweep = (): void => {};
  const pool = new BufferPool({
    after: (_ms, run) => {
      sweep = run;
      return () => {};
    },
  });
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, LOOPBACK);
  const sockets: { destroy(): void }[] = [];
  try {
    await once(server, "listening", { signal });
    // The address of a listening TCP server is always of this type.
    const { port } = server.address() as net.AddressInfo;
    const client = net.connect(port, LOOPBACK);
    sockets.push(client);
    const leg = await first(server, pool, signal);
    sockets.push(leg);
    leg.readTo({ read: (bytes) => leg.write(bytes, () => leg.resume()), eof: () => leg.end(), closed: () => {} });
    // Longer than two resting buffers, so that a larger one is asked for on the way.
    const text = Buffer.alloc(BUFFER_SIZES[2], "duet");
    const before = await echo(client, text, signal);
    const grown = pool.bytes;
    for (let second = 0; second < 5; second += 1) sweep();
    const again = await echo(client, text, signal);
    return grown > 0 && before.equals(text) && again.equals(text);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

/** Writes, and reads back as many bytes. */
async function echo(client: net.Socket, bytes: Buffer, signal: AbortSignal): Promise<Buffer> {
  client.write(bytes);
  const parts: Buffer[] = [];
  for (let missing = bytes.length; missing > 0;) {
    const part = client.read() as Buffer | null;
    if (part === null) {
      await once(client, "readable", { signal });
      continue;
    }
    parts.push(part);
    missing -= part.length;
  }
  return Buffer.concat(parts);
}
