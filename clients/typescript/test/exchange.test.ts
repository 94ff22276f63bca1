import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { test } from "node:test";
import { type DuetProblem, Relay, takeSeat } from "../src/index.js";
import { staple } from "../src/stapler.js";
import { relayUrl } from "./relay-process.js";

const relay = new Relay({ url: await relayUrl() });
const H_K = "hash";

/** Both seats of a fresh channel, with x, y and h_k posted. */
async function agreed() {
  const sender = await takeSeat(relay);
  await sender.post("/channel/{channel}", { body: { x: "my-share", curve: "p557" } });
  const recipient = await takeSeat(relay, { role: "recipient", channel: sender.channel });
  await recipient.post("/channel/{channel}", { body: { y: "your-share", hh_k: "hash-of-hash" } });
  await sender.post("/sender/{channel}/h_k", { body: { h_k: H_K } });
  return { sender, recipient };
}

test("the whole exchange, by hand", async () => {
  const sender = await takeSeat(relay);
  assert.match(sender.channel, /^[0-9a-z-]+$/);
  assert.equal(sender.opened.message, "got channel");

  const early = takeSeat(relay, { role: "recipient", channel: sender.channel, wait: 20 });
  const posted = await sender.post("/channel/{channel}", { body: { x: "my-share", curve: "p557" } });
  assert.equal(posted.message, "updated x, curve");

  const recipient = await early;
  assert.equal(recipient.opened.x, "my-share");
  assert.equal(recipient.opened.curve, "p557");
  const asked = sender.get("/sender/{channel}/y", { query: { wait: 20 } });
  await recipient.post("/channel/{channel}", { body: { y: "your-share", hh_k: "hash-of-hash" } });
  const { y, hh_k } = await asked;
  assert.deepEqual([y, hh_k], ["your-share", "hash-of-hash"]);

  await sender.post("/sender/{channel}/h_k", { body: { h_k: H_K } });
  const { h_k, stapler } = await recipient.get("/recipient/{channel}/h_k", { query: { wait: 20 } });
  assert.equal(h_k, H_K);
  assert.ok(stapler.port > 0);
  assert.equal((await sender.post("/sender/{channel}/open")).message, "opened channel");
  assert.equal((await recipient.get("/recipient/{channel}/open")).message, "opened channel");
  assert.equal((await sender.get("/sender/{channel}/isready")).ready, false);

  await sender.close("declined");
  await assert.rejects(recipient.get("/channel/{channel}"), (error: DuetProblem) => {
    assert.equal(error.code, "closed");
    assert.equal(error.problem?.closed_by, "sender");
    assert.equal(error.problem.reason, "declined");
    return true;
  });
});

test("two connections become one, and half-close passes through", async () => {
  const { sender, recipient } = await agreed();
  const { stapler } = await recipient.get("/recipient/{channel}/h_k");
  const [one, other] = await Promise.all([
    staple(sender, { hK: H_K, stapler }),
    staple(recipient, { hK: H_K, stapler }),
  ]);
  one.end("hello");
  assert.equal(await textOf(other), "hello");
  assert.equal((await sender.get("/sender/{channel}/isready", { query: { wait: 5 } })).ready, true);
  other.end("and back");
  assert.equal(await textOf(one), "and back");
  await sender.close();
});

test("a stapler that refuses says why", async () => {
  const { sender } = await agreed();
  const { stapler } = await sender.post("/sender/{channel}/open");
  await assert.rejects(staple(sender, { hK: "another", stapler }), (error: DuetProblem) => {
    assert.deepEqual([error.code, error.message], ["wrong_h_k", "another h_k than the round's"]);
    assert.equal(error.hint, "Send the h_k of this round.");
    return true;
  });
  await sender.close();
});

test("a stapler that is away, is something else, or hangs up", async () => {
  const { sender } = await agreed();
  const server = createServer((socket) => socket.once("data", () => socket.end("220 mail ready\n")));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  const stapler = { host: "127.0.0.1", port, websocket_url: null };
  await assert.rejects(staple(sender, { hK: H_K, stapler }), { code: "connection_lost" });
  server.removeAllListeners("connection").on("connection", (socket) => socket.once("data", () => socket.destroy()));
  await assert.rejects(staple(sender, { hK: H_K, stapler }), { code: "connection_lost" });
  server.close();
  await once(server, "close");
  await assert.rejects(staple(sender, { hK: H_K, stapler }), { code: "stapler_unreachable" });
  await sender.close();
});

test("waiting at the stapler ends with the signal, whose reason is thrown", async () => {
  const { sender } = await agreed();
  const { stapler } = await sender.get("/sender/{channel}/y");
  const giveUp = new AbortController();
  const waiting = staple(sender, { hK: H_K, stapler, signal: giveUp.signal });
  // The relay knows of the waiting connection: then it is past the hello line.
  while (!(await sender.get("/channel/{channel}")).sender_ready);
  giveUp.abort(new Error("enough"));
  await assert.rejects(waiting, { message: "enough" });
  await sender.close();
});

async function textOf(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  // Else the end of the loop would close the other direction too.
  for await (const part of socket.iterator({ destroyOnReturn: false })) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
