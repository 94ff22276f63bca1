import { Agent, request } from "node:http";

/** The fields of an answer that the next calls need. */
interface Answer {
  readonly success?: boolean;
  readonly channel?: string;
  readonly uuid?: string;
}

type Call = (method: "GET" | "POST", path: string, uuid?: string, body?: object) => Promise<Answer>;

/** So many exchanges at a time, each on a connection that is kept. */
const AT_ONCE = 16;
/** How many calls `exchange` makes. */
export const CALLS = 11;

/**
 * Takes a server through whole exchanges over REST.
 *
 * @throws when an answer is not a success
 */
export async function runExchanges(port: number, exchanges: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const call: Call = (...args) => callOver(agent, port, ...args);
  let left = exchanges;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await exchange(call);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } finally {
    agent.destroy();
  }
}

/** Steps 1 to 13 and 18. Of the steps that wait none has to; the suite is one of which the relay compares no hashes. */
async function exchange(call: Call): Promise<void> {
  const share = "s".repeat(43);
  const { channel, uuid: sender } = await call("POST", "/open", undefined, { role: "sender" });
  await call("POST", `/channel/${channel}`, sender, { x: share, curve: "bench" });
  const { uuid: recipient } = await call("POST", "/open", undefined, { role: "recipient", channel });
  await call("POST", `/channel/${channel}`, recipient, { y: share, hh_k: share });
  await call("GET", `/sender/${channel}/y`, sender);
  await call("POST", `/sender/${channel}/h_k`, sender, { h_k: share });
  await call("GET", `/recipient/${channel}/h_k`, recipient);
  await call("GET", `/sender/${channel}/open`, sender);
  await call("GET", `/recipient/${channel}/open`, recipient);
  await call("GET", `/sender/${channel}/isready`, sender);
  await call("POST", `/close/${channel}`, sender, {});
}

function callOver(agent: Agent, port: number, ...[method, path, uuid, body]: Parameters<Call>): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    ...(uuid === undefined ? {} : { Authorization: `Bearer ${uuid}` }),
    ...(text === undefined ? {} : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) }),
  };
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host: "127.0.0.1", port, method, path, headers }, (response) => {
      let received = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (received += part));
      response.on("error", reject);
      response.on("end", () => {
        // Every answer is an object of this shape, refusals included.
        const answer = JSON.parse(received) as Answer;
        if (answer.success === true) resolve(answer);
        else reject(new Error(`${method} ${path}: ${received}`));
      });
    });
    sent.on("error", reject);
    sent.end(text);
  });
}
