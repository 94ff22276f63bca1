import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { lv } from "../../src/protocol/lv.js";
import { SUITE_NAMES } from "../../src/protocol/suite-names.js";
import { STAPLER, STAPLER_PORT, startRelay, type Answer, type Body, type Peer, type TestRelay } from "./support.js";

const SENDER = "127.0.0.1";
const RECIPIENT = "127.0.0.2";
const utf8 = new TextEncoder();

/** H(k) and H(H(k)) as PROTOCOL.md section 3 has them, for a k that does not matter here. */
const hK = createHash("sha256").update("a key").digest();
const hashes = {
  h_k: hK.toString("base64url"),
  hh_k: createHash("sha256")
    .update(lv(utf8.encode("duet/1"), utf8.encode("hh_k"), hK))
    .digest("base64url"),
};
/** For names that the relay does not know it compares nothing. */
const opaque = { h_k: "any-h_k", hh_k: "any-hh_k" };

type Call = (method: string, path: string, body?: Readonly<Record<string, unknown>>) => Promise<Body>;

/** The seed's steps 1 to 18, with its own paths, bodies and messages, and no uuid in any header. */
async function exchange(
  world: TestRelay,
  sender: Call,
  recipient: Call,
  curve: string,
  { h_k, hh_k }: typeof opaque,
): Promise<void> {
  const opened = await sender("POST", "/open", {
    channel: "4821",
    role: "sender",
    success: true,
    message: "got channel",
  });
  expect(opened).toMatchObject({ channel: "4821", success: true, message: "got channel" });
  expect(opened.uuid).toMatch(/^[A-Za-z0-9_-]{22}$/);

  expect(await recipient("GET", "/channel/4821")).toMatchObject({ success: false, code: "not_yet" });
  expect(await sender("POST", "/channel/4821", { uuid: opened.uuid, x: "the-x", curve })).toEqual({
    success: true,
    message: "updated x, curve",
  });

  const joined = await recipient("GET", "/channel/4821");
  expect(joined).toMatchObject({
    channel: "4821",
    x: "the-x",
    curve,
    sender_ready: false,
    recipient_ready: false,
    is_open: false,
    success: true,
    message: "updated x",
  });
  expect(joined.uuid).not.toBe(opened.uuid);

  expect(await sender("GET", "/sender/4821/y")).toMatchObject({ success: false, code: "not_yet" });
  expect(await recipient("POST", "/channel/4821", { uuid: joined.uuid, y: "the-y", hh_k })).toMatchObject({
    success: true,
    message: "updated y",
  });
  expect(await sender("GET", "/sender/4821/y")).toMatchObject({ y: "the-y", hh_k, success: true, message: "got y" });

  expect(await recipient("GET", "/recipient/4821/h_k")).toMatchObject({ success: false, code: "not_yet" });
  expect(await sender("POST", "/sender/4821/h_k", { h_k })).toMatchObject({ success: true, message: "updated h_k" });
  expect(await recipient("GET", "/recipient/4821/h_k")).toMatchObject({ h_k, success: true, message: "got h_k" });

  const stapler = { host: null, port: STAPLER_PORT, websocket_url: null };
  expect(await sender("GET", "/sender/4821/open")).toEqual({ stapler, success: true, message: "opened channel" });
  expect(await sender("GET", "/sender/4821/isready")).toEqual({ ready: false, success: true, message: "not ready" });
  expect(await recipient("GET", "/recipient/4821/open")).toEqual({ stapler, success: true, message: "opened channel" });

  // Steps 14 and 15 are the stapler's.
  const { admit, stapled } = world.internal;
  for (const [role, address] of [
    ["sender", SENDER],
    ["recipient", RECIPIENT],
  ] as const) {
    expect(await admit.mutate({ stapler: STAPLER, role, channel: "4821", uuid: null, h_k, address })).toEqual({
      channel: "4821",
      round: 1,
    });
  }
  await stapled.mutate({ stapler: STAPLER, channel: "4821", round: 1 });
  expect(await sender("GET", "/sender/4821/isready")).toEqual({ ready: true, success: true, message: "is ready" });
  expect(await sender("GET", "/channel/4821")).toMatchObject({
    sender_ready: true,
    recipient_ready: true,
    is_open: true,
  });

  expect(await recipient("GET", "/close/4821")).toEqual({ success: true, message: "closed" });
  expect(await sender("GET", "/sender/4821/isready")).toMatchObject({
    success: false,
    code: "closed",
    closed_by: "recipient",
    reason: "done",
  });
}

const bodyOf =
  (peer: Peer): Call =>
  async (method, path, body) =>
    (await peer.call(method, path, body === undefined ? {} : { body })).body;

test.each([
  ["p557", opaque],
  ["p521", hashes],
  ["something-new.2", opaque],
  ...SUITE_NAMES.filter((name) => name !== "p521").map((name) => [name, hashes] as const),
] as const)("the seed's eighteen steps work word for word with curve %s", async (curve, values) => {
  const world = await startRelay();
  await exchange(world, bodyOf(world.at(SENDER)), bodyOf(world.at(RECIPIENT)), curve, values);
});

const hasCurl = spawnSync("curl", ["--version"]).status === 0;

test.skipIf(!hasCurl)("the same with curl, from two addresses (needs curl)", async () => {
  const world = await startRelay();
  const run = promisify(execFile);
  const curl =
    (address: string): Call =>
    async (method, path, body) => {
      const data = body === undefined ? [] : ["-H", "Content-Type: application/json", "-d", JSON.stringify(body)];
      const { stdout } = await run("curl", [
        "-sS",
        "--interface",
        address,
        "-X",
        method,
        ...data,
        `${world.relay.url}${path}`,
      ]);
      return JSON.parse(stdout) as Body;
    };
  await exchange(world, curl(SENDER), curl(RECIPIENT), "p521", hashes);
});

describe("every route but the first refuses what does not exist", () => {
  const routes = [
    ["GET", "/channel/4821", undefined],
    ["POST", "/channel/4821", { x: "x", curve: "p557" }],
    ["POST", "/channel/4821", { y: "y", hh_k: "hh_k" }],
    ["GET", "/sender/4821/y", undefined],
    ["POST", "/sender/4821/h_k", { h_k: "h_k" }],
    ["GET", "/recipient/4821/h_k", undefined],
    ["GET", "/sender/4821/open", undefined],
    ["POST", "/sender/4821/open", undefined],
    ["GET", "/recipient/4821/open", undefined],
    ["POST", "/recipient/4821/open", undefined],
    ["GET", "/sender/4821/isready", undefined],
    ["GET", "/close/4821", undefined],
    ["POST", "/close/4821", undefined],
  ] as const;

  test.each(routes)("%s %s: 404 unknown_channel", async (method, path, body) => {
    const peer = (await startRelay()).at(SENDER);
    const answer = await peer.call(method, path, { body });
    expect(answer).toMatchObject({
      status: 404,
      body: { success: false, code: "unknown_channel", message: "no such channel" },
    });
  });

  test.each(routes)("%s %s: a third address gets 403, channel is full", async (method, path, body) => {
    const world = await startRelay();
    await fill(world);
    const answer = await world.at("127.0.0.3").call(method, path, { body });
    expect(answer).toMatchObject({
      status: 403,
      body: { success: false, code: "channel_full", message: "channel is full" },
    });
  });
});

test("a third address may not open the channel either, as sender or as recipient", async () => {
  const world = await startRelay();
  await fill(world);
  const third = world.at("127.0.0.3");
  for (const role of ["sender", "recipient"]) {
    expect(await third.post("/open", { channel: "4821", role })).toMatchObject({
      status: 403,
      body: { message: "channel is full" },
    });
  }
});

test("a third address is refused with a valid uuid too, unless the operator lifts the rule", async () => {
  const uuid = "sender-uuid-0123456789";
  for (const [addressPolicy, status] of [
    ["strict", 403],
    ["off", 404],
  ] as const) {
    const world = await startRelay({ addressPolicy });
    await fill(world, uuid);
    expect((await world.at("127.0.0.3").get("/sender/4821/y", { Authorization: `Bearer ${uuid}` })).status).toBe(
      status,
    );
  }
});

test("a step before its turn is 409 out_of_order", async () => {
  const world = await startRelay();
  const sender = world.at(SENDER);
  await sender.post("/open", { channel: "4821" });
  expect(await sender.post("/sender/4821/h_k", { h_k: "h_k" })).toMatchObject({
    status: 409,
    body: { code: "out_of_order" },
  });
  expect(await sender.get("/sender/4821/open")).toMatchObject({ status: 409, body: { code: "out_of_order" } });
  const recipientUuid = "recipient-uuid-0123456";
  expect(
    await world.at(RECIPIENT).post("/open", { channel: "4821", role: "recipient", uuid: recipientUuid }),
  ).toMatchObject({ status: 404, body: { code: "not_yet" } });
});

test("an h_k that does not hash to hh_k is refused for the suites that the relay knows", async () => {
  const world = await startRelay();
  await fill(world);
  const sender = world.at(SENDER);
  await world.at(RECIPIENT).post("/channel/4821", { y: "y", hh_k: "A".repeat(43) });
  expect(await sender.post("/sender/4821/h_k", { h_k: hashes.h_k })).toMatchObject({
    status: 409,
    body: { code: "h_k_mismatch" },
  });
  expect(await sender.post("/sender/4821/h_k", { h_k: "short" })).toMatchObject({
    status: 400,
    body: { code: "bad_request", issues: [{ path: ["h_k"] }] },
  });
});

/** A channel with both addresses in. */
async function fill(world: TestRelay, uuid?: string): Promise<Answer> {
  await world.at(SENDER).post("/open", uuid === undefined ? { channel: "4821" } : { channel: "4821", uuid });
  await world.at(SENDER).post("/channel/4821", { x: "x", curve: "p521", ...(uuid === undefined ? {} : { uuid }) });
  return world.at(RECIPIENT).get("/channel/4821");
}
