import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { encodeAck } from "../../../src/protocol/index.js";
import { DuetError } from "../../../src/protocol/problem.js";
import { ForgeryCount } from "../../../src/transfer/connection/forgery-count.js";
import { SecureConnection } from "../../../src/transfer/connection/secure-connection.js";
import { createStreamPair, type StreamPairOptions } from "../../helpers/stream-pair.js";
import { agree } from "../helpers/rendezvous.js";
import { jsonLines, WirePeer } from "../helpers/wire-peer.js";

const CHUNK = 16_384;
let session: Awaited<ReturnType<typeof agree>>;
beforeAll(async () => {
  session = await agree(CHUNK);
});

async function connect(options: StreamPairOptions = {}) {
  const [a, b] = createStreamPair(options);
  const forgeries = new ForgeryCount();
  const [sender, recipient] = await Promise.all([
    SecureConnection.open({ session: session.sender, stream: a, forgeries }),
    SecureConnection.open({ session: session.recipient, stream: b, forgeries }),
  ]);
  return { sender, recipient, a, b };
}

async function readAll(connection: SecureConnection): Promise<{ type: string; chunks: Buffer[] }> {
  const message = await connection.receive();
  const chunks: Buffer[] = [];
  for (let chunk = await message.next(); chunk !== undefined; chunk = await message.next())
    chunks.push(Buffer.from(chunk));
  return { type: message.type, chunks };
}

test("both sides have the same digits", async () => {
  const { sender, recipient } = await connect();
  expect(sender.sas).toMatch(/^\d{4} \d{4}$/);
  expect(recipient.sas).toBe(sender.sas);
});

describe("a message arrives as it was", () => {
  test.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK, 5 * CHUNK + 7])("with %i bytes", async (length) => {
    const { sender, recipient } = await connect();
    const content = randomBytes(length);
    const sending = (async () => {
      const message = sender.begin("manifest");
      for (let at = 0; at < length; at += CHUNK) await message.write(content.subarray(at, at + CHUNK));
      await message.finish();
    })();
    const { type, chunks } = await readAll(recipient);
    await sending;
    expect(type).toBe("manifest");
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
    // A multiple of the chunk is ended by an empty one.
    expect(chunks.length).toBe(Math.floor(length / CHUNK) + 1);
  });
});

test("a chunk stays as it is until the third call after it", async () => {
  const { sender, recipient } = await connect();
  const contents = Array.from({ length: 8 }, (_, index) => Buffer.alloc(CHUNK, index));
  const message = sender.begin("manifest");
  const sending = (async () => {
    for (const content of contents) await message.write(content);
    await message.finish();
  })();
  const incoming = await recipient.receive();
  const latest: Uint8Array[] = [];
  for (let index = 0; index < 8; index++) {
    latest.push((await incoming.next()) ?? new Uint8Array(0));
    for (let back = 0; back < Math.min(3, latest.length); back++)
      expect(Buffer.from(latest.at(-1 - back) ?? []).equals(contents[index - back] ?? Buffer.alloc(0))).toBe(true);
  }
  await sending;
});

describe("a message out of turn cannot be sent", () => {
  test.each(["body", "end", "accept", "ack", "hello"] as const)("%s by a sender after its hello", async (type) => {
    const { sender } = await connect();
    expect(() => sender.begin(type)).toThrowError(expect.objectContaining({ code: "bad_message" }));
  });

  test("an ack before the end", async () => {
    const { recipient } = await connect();
    await expect(recipient.send("ack", encodeAck({ entries: 0, bytes: 0 }))).rejects.toMatchObject({
      code: "bad_message",
    });
  });
});

describe("a record out of turn is a forgery", () => {
  test.each(["body", "end", "hello"] as const)("%s after hello", async (type) => {
    const [a, b] = createStreamPair();
    const opening = SecureConnection.open({ session: session.recipient, stream: b, forgeries: new ForgeryCount() });
    const peer = new WirePeer(session.sender, a);
    await peer.greet();
    await peer.send(type, Buffer.from("{}"));
    await expect((await opening).receive()).rejects.toMatchObject({ code: "connection_lost" });
  });
});

test("the third forgery is interference, whichever connections they were on", () => {
  const forgeries = new ForgeryCount();
  expect([forgeries.next(), forgeries.next(), forgeries.next(), forgeries.next()].map(({ code }) => code)).toEqual([
    "connection_lost",
    "connection_lost",
    "interfered",
    "interfered",
  ]);
});

describe("a hello is refused", () => {
  test.each([
    ["that is too short", randomBytes(40)],
    ["without an object", randomBytes(48)],
    ["with something else than an object", Buffer.concat([randomBytes(48), Buffer.from("[]")])],
    ["of more than 4096 bytes", Buffer.concat([randomBytes(48), Buffer.from(`{"x":"${"x".repeat(4096)}"}`)])],
    ["of two chunks", Buffer.concat([randomBytes(48), Buffer.from(`{"x":"${"x".repeat(CHUNK)}"}`)])],
  ])("%s", async (_what, plaintext) => {
    const [a, b] = createStreamPair();
    const opening = SecureConnection.open({ session: session.recipient, stream: b, forgeries: new ForgeryCount() });
    const peer = new WirePeer(session.sender, a);
    await peer.send("hello", plaintext);
    await expect(opening).rejects.toMatchObject({ code: "bad_message" });
  });
});

test("a length that is impossible takes no memory and ends the connection", async () => {
  for (const length of [0, 15, CHUNK + 17, 0xffffff]) {
    let writes = 0;
    const lie = (bytes: Uint8Array): Uint8Array => {
      if (writes++ === 0) return bytes;
      const changed = bytes.slice();
      changed.set([length >> 16, length >> 8, length], 56);
      return changed;
    };
    const { sender, recipient } = await connect({ tapA: lie });
    await sender.send("manifest", jsonLines({}));
    await expect(readAll(recipient)).rejects.toMatchObject({ code: "connection_lost" });
  }
});

test("the end of the line in the middle of a message is a loss", async () => {
  const { sender, recipient, a } = await connect();
  await sender.begin("manifest").write(new Uint8Array(CHUNK));
  await a.end();
  await expect(readAll(recipient)).rejects.toMatchObject({ code: "connection_lost" });
});

test("an error reaches a side that is about to fail because of it", async () => {
  const { sender, recipient } = await connect();
  const leaving = recipient.leave(new DuetError("no_space", { hint: "not told" }));
  await expect(sender.receive()).rejects.toMatchObject({
    code: "no_space",
    message: "the other side: not enough room",
  });
  expect(await sender.lastWord(new DuetError("connection_lost"))).toMatchObject({ code: "no_space" });
  await sender.leave(new DuetError("connection_lost"));
  await leaving;
});

test("an error in the middle of a message ends that first", async () => {
  const { sender, recipient } = await connect();
  await sender.begin("manifest").write(new Uint8Array(CHUNK));
  const leaving = sender.leave(new DuetError("interrupted"));
  expect((await readAll(recipient)).chunks.map(({ length }) => length)).toEqual([CHUNK, 0]);
  await expect(recipient.receive()).rejects.toMatchObject({ code: "cancelled" });
  await recipient.leave(new DuetError("connection_lost"));
  await leaving;
});

test("writes are held back by a reader that does not read", async () => {
  const { sender } = await connect();
  const message = sender.begin("manifest");
  let written = 0;
  const sending = (async () => {
    for (;;) {
      await message.write(new Uint8Array(CHUNK));
      written++;
    }
  })();
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  // What two buffers and the queue hold.
  expect(written).toBeLessThan(24);
  await sender.leave(new DuetError("connection_lost"));
  await expect(sending).rejects.toMatchObject({ code: "connection_lost" });
});
