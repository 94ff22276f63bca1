/** What the benchmark starts to be measured: `node scripts/run.mjs scripts/bench/api/serve.ts [relay|bare]`. */
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createRelay } from "../../../src/relay/index.js";

/** A relay on its memory store, or the least that answers JSON with JSON in Node. */
export type Served = "relay" | "bare";

const HOST = "127.0.0.1";
/** Everything is counted as always, but a benchmark is one address: no limit is ever reached. */
const NEVER = 1_000_000_000;

/** A whole relay; one stapler is registered, so that the last steps have an answer. */
async function serveRelay(): Promise<number> {
  const relay = await createRelay({
    host: HOST,
    version: "bench",
    rateLimit: { perMinute: NEVER, burst: NEVER },
    maxOpenPerAddress: NEVER,
    staplerLeaseMs: NEVER,
  });
  relay.door.register("bench", { host: null, port: 1 });
  return relay.port;
}

/** Parses the body, and answers it with the one field more that every answer has. Checks nothing. */
async function serveBare(): Promise<number> {
  const answer = (response: ServerResponse, given: object): void => {
    const text = JSON.stringify({ ...given, channel: "4821", uuid: "u".repeat(22), success: true, message: "bare" });
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
    response.end(text);
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const text = Buffer.concat(parts).toString();
      // The driver sends objects only.
      answer(response, text === "" ? {} : (JSON.parse(text) as object));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  // The address of a listening TCP server is always of this type.
  return (server.address() as AddressInfo).port;
}

console.log(`port ${await (process.argv[2] === "bare" ? serveBare() : serveRelay())}`);
