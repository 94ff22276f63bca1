import { connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { startRelay } from "./support.js";

const SEED = 20_261_124;
const FRAMED = 9000;
const PIPELINED = 100;
const UNFRAMED = 1000;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Somewhere between a right request and noise: each part is right, nearly right, or anything. */
const text = fc.oneof(
  fc.constantFrom("4821", "", "x", "%", "%2e%2e", "%00", "%C3%28", "__proto__", "null", "a".repeat(70)),
  fc.string({ maxLength: 12 }),
);
const pathText = text.map((part) =>
  [...part].map((character) => (/[\w%.~!$&'()*+,;=:@-]/.test(character) ? character : "")).join(""),
);
const fields = fc.constantFrom(
  "channel",
  "uuid",
  "role",
  "x",
  "y",
  "curve",
  "hh_k",
  "h_k",
  "round",
  "wait",
  "reason",
  "__proto__",
  "constructor",
);
const value = fc.oneof(
  fc.constantFrom<unknown>(
    "4821",
    "sender",
    "recipient",
    "p557",
    "A".repeat(43),
    "A".repeat(22),
    1,
    0,
    -1,
    1.5,
    2 ** 53,
    null,
    true,
    [],
    {},

    "é",
    "\u0000",
    "x".repeat(5000),
  ),
  fc.jsonValue({ maxDepth: 3 }),
);
const object = fc
  .uniqueArray(fc.tuple(fields, value), { maxLength: 6, selector: ([name]) => name })
  .map((pairs) => `{${pairs.map(([name, item]) => `${JSON.stringify(name)}:${JSON.stringify(item)}`).join(",")}}`);
const body = fc.oneof(
  { weight: 4, arbitrary: object },
  { weight: 2, arbitrary: object.map((json) => json.slice(0, -1)) },
  { weight: 1, arbitrary: fc.string({ maxLength: 30, unit: "binary" }) },
  { weight: 1, arbitrary: fc.constantFrom("", "[]", "null", "{}", "[".repeat(3000), "x".repeat(17_000)) },
);
const path = fc.oneof(
  fc
    .tuple(fc.constantFrom("/channel/", "/close/", "/nothing/", "/docs/", "//"), pathText)
    .map(([start, end]) => start + end),
  fc
    .tuple(fc.constantFrom("sender", "recipient"), pathText, fc.constantFrom("y", "h_k", "open", "isready", ""))
    .map((parts) => `/${parts.join("/")}`),
  fc.constantFrom("/open", "/health", "/", "/openapi.json", "/channel/4821", "/sender/4821/h_k"),
  fc
    .tuple(
      fc.constantFrom("getY", "openChannel", "postToChannel", "health", "nothing", "getY,health,getY", "a.b", "%"),
      fc.constantFrom("", "?batch=1", "?batch=1&input={}", "?input={", "?input=%7B%220%22:1%7D", "?connectionParams=1"),
    )
    .map((parts) => `/trpc/${parts.join("")}`),
);
const query = fc.oneof(
  fc.constant(""),
  fc.tuple(fields, pathText).map(([name, end]) => `?${name}=${end}`),
);
const method = fc.constantFrom("GET", "POST", "GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND");
const header = fc.constantFrom(
  "Content-Type: application/json",
  "Content-Type: application/json",
  "Content-Type: text/plain",
  "Content-Type: multipart/form-data; boundary=x",
  "Content-Type: application/octet-stream",
  "Authorization: Bearer AAAAAAAAAAAAAAAAAAAAAA",
  "Authorization: x",
  "Authorization:",
  "Prefer: wait=x",
  "Prefer: wait=0",
  "Origin: null",
  "Sec-Fetch-Site: cross-site",
  "X-Forwarded-For: ,,,",
  "Forwarded: for=",
  "X-Request-Id: \u00ff",
  "Accept: application/jsonl",
  "trpc-accept: application/jsonl",
  "Content-Encoding: gzip",
  "Last-Event-ID: 1",
  "Host: evil.example:99999",
  "Host: [",
);
const headers = fc.uniqueArray(header, { maxLength: 4, selector: (line) => line.split(":")[0] });

const request = fc.record({ method, path, query, headers, body }).map((parts) => {
  const start = parts.path.includes("?") ? parts.path : parts.path + parts.query;
  const bytes = Buffer.from(parts.method === "GET" ? "" : parts.body, "latin1");
  const host = parts.headers.some((line) => line.startsWith("Host")) ? [] : ["Host: relay"];
  const lines = [
    `${parts.method} ${start === "" ? "/" : start} HTTP/1.1`,
    ...host,
    ...parts.headers,
    `Content-Length: ${bytes.length}`,
  ];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), bytes]);
});

const noise = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc.tuple(request, fc.nat(300)).map(([bytes, at]) => Buffer.concat([bytes.subarray(0, at), Buffer.from([at % 256])])),
  fc.tuple(request, fc.nat(60), fc.nat(255)).map(([bytes, at, byte]) => {
    const changed = Buffer.from(bytes);
    changed[at] = byte;
    return changed;
  }),
);

test(
  "10,000 malformed requests: each is answered, none by 5xx, and the memory comes back",
  { timeout: 60_000 },
  async () => {
    const world = await startRelay();
    await world.at("127.0.0.1").post("/open", { channel: "4821" });
    const framed = fc.sample(request, { seed: SEED, numRuns: FRAMED });
    const unframed = fc.sample(noise, { seed: SEED, numRuns: UNFRAMED });
    const { port } = world.relay;
    collectGarbage();
    const before = process.memoryUsage().heapUsed;

    const statuses = new Map<number, number>();
    for (let at = 0; at < framed.length; at += PIPELINED) {
      const batch = framed.slice(at, at + PIPELINED);
      const last = Buffer.from("GET /health HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n");
      const answers = statusesOf(await talk(port, Buffer.concat([...batch, last]), "waits"));
      expect(answers, `seed ${SEED}, requests from ${at}`).toHaveLength(batch.length + 1);
      for (const status of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    for (let at = 0; at < unframed.length; at += 50) {
      const answers = await Promise.all(unframed.slice(at, at + 50).map((bytes) => talk(port, bytes, "hangs up")));
      for (const status of answers.flatMap(statusesOf)) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }

    expect([...statuses.keys()].filter((status) => status >= 500 || status < 200)).toEqual([]);
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 403, 404, 405, 413, 415]));
    expect((await world.at("127.0.0.1").get("/health")).status).toBe(200);
    collectGarbage();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(16 * 1024 * 1024);
  },
);

/** Sends the bytes, then `more`, and gives all that comes until the relay ends the connection. */
function talk(port: number, bytes: Buffer, more: "waits" | "hangs up"): Promise<Buffer> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(Buffer.concat(chunks)));
    if (more === "waits") socket.write(bytes);
    else socket.end(bytes);
  });
}

/** The statuses of pipelined answers, interim ones left out. */
function statusesOf(bytes: Buffer): number[] {
  const statuses: number[] = [];
  let rest = bytes.toString("latin1");
  while (rest !== "") {
    const end = rest.indexOf("\r\n\r\n");
    const head = rest.slice(0, end);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    expect(status, `not an answer: ${rest.slice(0, 200)}`).toBeGreaterThan(0);
    rest = withoutBody(head, rest.slice(end + 4));
    if (status !== 100) statuses.push(status);
  }
  return statuses;
}

function withoutBody(head: string, rest: string): string {
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  if (length !== undefined) return rest.slice(Number(length));
  if (!/^transfer-encoding: chunked/im.test(head)) return rest;
  let left = rest;
  while (true) {
    const size = Number.parseInt(left, 16);
    left = left.slice(left.indexOf("\r\n") + 2 + size + 2);
    if (size === 0) return left;
  }
}
