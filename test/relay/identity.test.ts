import { describe, expect, test } from "vitest";
import { STAPLER, bearer, startRelay, type TestRelay } from "./support.js";

const SENDER = "127.0.0.1";
const RECIPIENT = "127.0.0.2";
const S = "sender-uuid-0123456789";
const R = "recipient-uuid-0123456";
const STRANGER = "stranger-uuid-01234567";

/** A channel whose sender has posted x, both by the Bearer form. */
async function opened(world: TestRelay): Promise<void> {
  await world.at(SENDER).post("/open", { channel: "4821" }, bearer(S));
  await world.at(SENDER).post("/channel/4821", { x: "x", curve: "p557" }, bearer(S));
}

/** … and the recipient has joined and answered. */
async function answered(world: TestRelay): Promise<void> {
  await opened(world);
  await world.at(RECIPIENT).post("/open", { channel: "4821", role: "recipient" }, bearer(R));
  await world.at(RECIPIENT).post("/channel/4821", { y: "y", hh_k: "hh" }, bearer(R));
}

describe("who is calling", () => {
  test("the same uuid again is the same seat and the same answer", async () => {
    const world = await startRelay();
    const first = await world.at(SENDER).post("/open", { channel: "4821", uuid: S });
    expect(first.body).toMatchObject({ channel: "4821", uuid: S, round: 1, role: "sender" });
    expect((await world.at(SENDER).post("/open", { channel: "4821", uuid: S })).body).toEqual(first.body);
  });

  test("a name in use is 409, also from the same address", async () => {
    const world = await startRelay();
    await world.at(SENDER).post("/open", { channel: "4821", uuid: S });
    const answer = await world.at(SENDER).post("/open", { channel: "4821" });
    expect(answer).toMatchObject({ status: 409, body: { code: "channel_in_use", message: "channel is occupied" } });
  });

  test("header and body that differ are 400; equal is fine", async () => {
    const world = await startRelay();
    await opened(world);
    const body = { x: "x", curve: "p557" };
    expect(await world.at(SENDER).post("/channel/4821", { ...body, uuid: R }, bearer(S))).toMatchObject({
      status: 400,
      body: { code: "bad_request" },
    });
    expect((await world.at(SENDER).post("/channel/4821", { ...body, uuid: S }, bearer(S))).status).toBe(200);
  });

  test("a uuid in a query is not read", async () => {
    const world = await startRelay();
    await opened(world);
    expect(await world.at(SENDER).get(`/sender/4821/y?uuid=${S}`)).toMatchObject({
      status: 403,
      body: { code: "not_yours" },
    });
    expect(await world.at(SENDER).post(`/close/4821?uuid=${S}`)).toMatchObject({ status: 403 });
  });

  test.each([
    ["a wrong uuid", bearer(STRANGER)],
    ["the uuid of the other role", bearer(R)],
    ["a uuid of the wrong form", bearer("nope")],
    ["another scheme", { Authorization: "Basic c2VuZGVyOng=" }],
    ["an empty header", { Authorization: "" }],
    ["a Bearer without a uuid", { Authorization: "Bearer" }],
  ])("%s from the right address is 403 and never tried as an address", async (_what, headers) => {
    const world = await startRelay();
    // By the address form, so that the address would be enough.
    await world.at(SENDER).post("/open", { channel: "4821" });
    await world.at(SENDER).post("/channel/4821", { x: "x", curve: "p557" });
    expect((await world.at(SENDER).get("/sender/4821/y")).body.code).toBe("not_yet");
    expect(await world.at(SENDER).get("/sender/4821/y", headers)).toMatchObject({
      status: 403,
      body: { code: "not_yours" },
    });
    expect((await world.at(SENDER).get("/sender/4821/y")).body.code).toBe("not_yet");
  });

  test("an Authorization that is no uuid opens nothing", async () => {
    const world = await startRelay();
    expect(await world.at(SENDER).post("/open", { channel: "4821" }, bearer("nope"))).toMatchObject({
      status: 400,
      body: { code: "bad_request" },
    });
    expect((await world.at(SENDER).get("/channel/4821")).body.code).toBe("unknown_channel");
  });

  test("the recipient's uuid does not do the sender's steps, nor the other way round", async () => {
    const world = await startRelay();
    await answered(world);
    const recipient = world.at(RECIPIENT);
    for (const path of ["/sender/4821/y", "/sender/4821/open", "/sender/4821/isready"]) {
      expect(await recipient.get(path, bearer(R))).toMatchObject({ status: 403, body: { code: "not_yours" } });
    }
    expect(await recipient.post("/sender/4821/h_k", { h_k: "h" }, bearer(R))).toMatchObject({ status: 403 });
    expect(await world.at(SENDER).get("/recipient/4821/h_k", bearer(S))).toMatchObject({ status: 403 });
    expect(await world.at(SENDER).post("/channel/4821", { y: "y", hh_k: "hh" }, bearer(S))).toMatchObject({
      status: 403,
    });
  });

  test("who has used the Bearer form is not known by its address any more", async () => {
    const world = await startRelay();
    await world.at(SENDER).post("/open", { channel: "4821", uuid: S });
    await world.at(SENDER).post("/channel/4821", { x: "x", curve: "p557" });
    expect((await world.at(SENDER).get("/sender/4821/y")).body.code).toBe("not_yet");
    expect((await world.at(SENDER).get("/sender/4821/y", bearer(S))).body.code).toBe("not_yet");
    expect((await world.at(SENDER).get("/sender/4821/y")).body.code).toBe("not_yours");
  });

  test("with identity uuid nobody is known by an address", async () => {
    const world = await startRelay({ identity: "uuid" });
    await world.at(SENDER).post("/open", { channel: "4821", uuid: S });
    expect(await world.at(SENDER).post("/channel/4821", { x: "x", curve: "p557" })).toMatchObject({
      status: 403,
      body: { code: "not_yours" },
    });
    expect((await world.at(SENDER).post("/channel/4821", { x: "x", curve: "p557", uuid: S })).status).toBe(200);
  });

  test.each([
    ["Origin", { Origin: "https://evil.example" }],
    ["Origin null", { Origin: "null" }],
    ["Sec-Fetch-Site cross-site", { "Sec-Fetch-Site": "cross-site" }],
    ["Sec-Fetch-Site same-site", { "Sec-Fetch-Site": "same-site" }],
  ])("a page of another site (%s) cannot act for the address of its visitor", async (_what, headers) => {
    const world = await startRelay();
    await world.at(SENDER).post("/open", { channel: "4821" });
    await world.at(SENDER).post("/channel/4821", { x: "x", curve: "p557" });
    const paths = ["/sender/4821/y", "/channel/4821", "/close/4821", "/sender/4821/open"];
    for (const path of paths)
      expect(await world.at(SENDER).get(path, headers)).toMatchObject({ status: 403, body: { code: "not_yours" } });
    // The seat was not taken, nothing was closed.
    expect((await world.at(SENDER).get("/channel/4821")).status).toBe(200);
  });

  test("a page of the relay itself acts for the address", async () => {
    const world = await startRelay();
    const own = { "Sec-Fetch-Site": "same-origin", Origin: world.relay.url };
    await world.at(SENDER).post("/open", { channel: "4821" }, own);
    expect((await world.at(SENDER).post("/channel/4821", { x: "x", curve: "p557" }, own)).status).toBe(200);
  });
});

describe("proxies", () => {
  const forged = [
    ["X-Forwarded-For", { "X-Forwarded-For": SENDER }],
    ["Forwarded", { Forwarded: `for=${SENDER}` }],
    ["X-Real-IP", { "X-Real-IP": SENDER }],
  ] as const;

  test.each(forged)(
    "a forged %s from a stranger moves nothing, and turns its own address form off",
    async (_name, headers) => {
      const world = await startRelay();
      await world.at(SENDER).post("/open", { channel: "4821" });
      await world.at(SENDER).post("/channel/4821", { x: "x", curve: "p557" });
      expect(await world.at("127.0.0.9").get("/sender/4821/y", headers)).toMatchObject({
        status: 403,
        body: { code: "not_yours" },
      });
      expect(await world.at(SENDER).get("/sender/4821/y", headers)).toMatchObject({
        status: 403,
        body: { code: "not_yours" },
      });
      expect(await world.at(SENDER).get("/sender/4821/y")).toMatchObject({ status: 404, body: { code: "not_yet" } });
    },
  );

  test("behind a configured proxy the forwarded address is the caller's", async () => {
    const world = await startRelay({ trustProxy: ["127.0.0.0/28"] });
    const proxy = world.at("127.0.0.3");
    const from = (address: string) => ({ "X-Forwarded-For": `198.51.100.99, ${address}` });
    await proxy.post("/open", { channel: "4821" }, from("192.0.2.1"));
    await proxy.post("/channel/4821", { x: "x", curve: "p557" }, from("192.0.2.1"));
    expect((await proxy.get("/channel/4821", from("192.0.2.2"))).status).toBe(200);
    expect(await proxy.get("/channel/4821", from("192.0.2.3"))).toMatchObject({
      status: 403,
      body: { code: "channel_full" },
    });
    expect((await proxy.get("/sender/4821/y", from("192.0.2.1"))).body.code).toBe("not_yet");
    expect((await proxy.get("/sender/4821/y", from("192.0.2.2"))).body.code).toBe("not_yours");
  });
});

describe("seats", () => {
  test("the recipient may share the sender's address, and each does its own steps", async () => {
    const world = await startRelay();
    const peer = world.at(SENDER);
    const { channel, uuid } = (await peer.post("/open", {})).body;
    await peer.post(`/channel/${channel}`, { x: "x", curve: "p557" });
    const joined = (await peer.get(`/channel/${channel}`)).body;
    expect(joined.uuid).toBeDefined();
    expect(joined.uuid).not.toBe(uuid);
    expect((await peer.post(`/channel/${channel}`, { uuid: joined.uuid, y: "y", hh_k: "hh" })).status).toBe(200);
    expect((await peer.get(`/sender/${channel}/y`)).body.y).toBe("y");
  });

  test("the seat is taken once; its uuid is answered to nobody else", async () => {
    const world = await startRelay();
    await world.at(SENDER).post("/open", { channel: "4821", uuid: S });
    await world.at(SENDER).post("/channel/4821", { x: "x", curve: "p557", uuid: S });
    const first = await world.at(RECIPIENT).get("/channel/4821");
    expect(first.body.uuid).toBeDefined();
    for (const address of [RECIPIENT, SENDER])
      expect((await world.at(address).get("/channel/4821")).body.uuid).toBeUndefined();
    const own = await world.at(RECIPIENT).get("/channel/4821", bearer(first.body.uuid));
    expect(own.body.uuid).toBe(first.body.uuid);
    expect(JSON.stringify((await world.at(SENDER).get("/channel/4821", bearer(S))).body)).not.toContain(
      first.body.uuid,
    );
  });

  test("a second recipient is refused", async () => {
    const world = await startRelay();
    await answered(world);
    expect(await world.at(SENDER).post("/open", { channel: "4821", role: "recipient", uuid: STRANGER })).toMatchObject({
      status: 409,
      body: { code: "seat_taken" },
    });
  });

  test("a recipient without a channel is 400, with an unknown one 404", async () => {
    const peer = (await startRelay()).at(SENDER);
    expect(await peer.post("/open", { role: "recipient" })).toMatchObject({
      status: 400,
      body: { code: "bad_request" },
    });
    expect(await peer.post("/open", { role: "recipient", channel: "4821" })).toMatchObject({
      status: 404,
      body: { code: "unknown_channel" },
    });
  });

  test("a recipient that joins gets the public state and its seat", async () => {
    const world = await startRelay({ notice: "be kind" });
    await opened(world);
    const joined = await world.at(RECIPIENT).post("/open", { channel: "4821", role: "recipient" }, bearer(R));
    expect(joined.body).toMatchObject({
      channel: "4821",
      uuid: R,
      role: "recipient",
      round: 1,
      x: "x",
      curve: "p557",
      notice: "be kind",
      message: "got channel",
    });
  });

  test("lost answers: every step again gives the same answer", async () => {
    const world = await startRelay();
    await answered(world);
    const twice = async (
      method: string,
      address: string,
      path: string,
      uuid: string,
      body?: unknown,
    ): Promise<void> => {
      const options = body === undefined ? { headers: bearer(uuid) } : { headers: bearer(uuid), body };
      const first = await world.at(address).call(method, path, options);
      expect(first.status).toBe(200);
      expect((await world.at(address).call(method, path, options)).body).toEqual(first.body);
    };
    await twice("POST", SENDER, "/channel/4821", S, { x: "x", curve: "p557" });
    await twice("POST", RECIPIENT, "/channel/4821", R, { y: "y", hh_k: "hh" });
    await twice("GET", SENDER, "/sender/4821/y", S);
    await twice("POST", SENDER, "/sender/4821/h_k", S, { h_k: "h" });
    await twice("GET", RECIPIENT, "/recipient/4821/h_k", R);
    for (const method of ["GET", "POST"]) {
      await twice(method, SENDER, "/sender/4821/open", S);
      await twice(method, RECIPIENT, "/recipient/4821/open", R);
    }
    await twice("GET", SENDER, "/sender/4821/isready", S);
    await twice("POST", RECIPIENT, "/close/4821", R);
    expect((await world.at(SENDER).get("/close/4821?reason=failed", bearer(S))).status).toBe(200);
    expect((await world.at(SENDER).get("/sender/4821/y", bearer(S))).body).toMatchObject({
      code: "closed",
      closed_by: "recipient",
      reason: "done",
    });
  });

  test("another value for a field that is set is 409 already_set", async () => {
    const world = await startRelay();
    await answered(world);
    expect(await world.at(SENDER).post("/channel/4821", { x: "other", curve: "p557" }, bearer(S))).toMatchObject({
      status: 409,
      body: { code: "already_set" },
    });
    expect(await world.at(RECIPIENT).post("/channel/4821", { y: "other", hh_k: "hh" }, bearer(R))).toMatchObject({
      status: 409,
      body: { code: "already_set" },
    });
    await world.at(SENDER).post("/sender/4821/h_k", { h_k: "h" }, bearer(S));
    expect(await world.at(SENDER).post("/sender/4821/h_k", { h_k: "other" }, bearer(S))).toMatchObject({
      status: 409,
      body: { code: "already_set" },
    });
  });

  test("a killed peer takes its seat again with its uuid: the sender's starts the next round", async () => {
    const world = await startRelay();
    await answered(world);
    const again = await world.at(SENDER).post("/open", { channel: "4821" }, bearer(S));
    expect(again.body).toMatchObject({ round: 2, uuid: S });
    expect((await world.at(SENDER).post("/open", { channel: "4821" }, bearer(S))).body.round).toBe(2);
    expect(
      await world.at(SENDER).post("/channel/4821", { x: "late", curve: "p557", round: 1 }, bearer(S)),
    ).toMatchObject({ status: 409, body: { code: "round_over", round: 2 } });
    expect(
      await world.at(RECIPIENT).post("/channel/4821", { y: "late", hh_k: "hh", round: 1 }, bearer(R)),
    ).toMatchObject({ status: 409, body: { code: "round_over", round: 2 } });
  });

  test("a killed recipient takes its seat again, and the sender learns that the round is over", async () => {
    const world = await startRelay();
    await answered(world);
    await world.at(SENDER).post("/sender/4821/h_k", { h_k: "h" }, bearer(S));
    expect(await world.at(RECIPIENT).post("/open", { channel: "4821", role: "recipient" }, bearer(R))).toMatchObject({
      status: 404,
      body: { code: "not_yet" },
    });
    expect(await world.at(SENDER).get("/sender/4821/y?round=1", bearer(S))).toMatchObject({
      status: 409,
      body: { code: "round_over", round: 2 },
    });
    await world.at(SENDER).post("/channel/4821", { x: "x2", curve: "p557", round: 2 }, bearer(S));
    expect(
      (await world.at(RECIPIENT).post("/open", { channel: "4821", role: "recipient" }, bearer(R))).body,
    ).toMatchObject({ round: 2, x: "x2" });
  });

  test("a relay that knows nothing of the channel opens it anew by the same call", async () => {
    const world = await startRelay();
    expect((await world.at(SENDER).post("/open", { channel: "4821" }, bearer(S))).body).toMatchObject({
      channel: "4821",
      round: 1,
      uuid: S,
    });
  });
});

describe("closing", () => {
  test("a stranger closes nothing; either party does, by GET and by POST", async () => {
    for (const [method, uuid, address] of [
      ["GET", S, SENDER],
      ["POST", R, RECIPIENT],
    ] as const) {
      const world = await startRelay();
      await answered(world);
      expect(await world.at(SENDER).call(method, "/close/4821", { headers: bearer(STRANGER) })).toMatchObject({
        status: 403,
        body: { code: "not_yours" },
      });
      expect(await world.at("127.0.0.3").call(method, "/close/4821")).toMatchObject({
        status: 403,
        body: { code: "channel_full" },
      });
      expect(
        (await world.at(address).call(method, "/close/4821?reason=wrong-code", { headers: bearer(uuid) })).status,
      ).toBe(200);
      expect((await world.at(SENDER).get("/sender/4821/y", bearer(S))).body).toMatchObject({
        status: 410,
        reason: "wrong-code",
      });
      expect(await world.at("127.0.0.3").call(method, "/close/4821")).toMatchObject({ status: 410 });
    }
  });

  test("a reason in the body of the POST counts before one in its query; a wrong one is 400", async () => {
    const world = await startRelay();
    await opened(world);
    expect((await world.at(SENDER).post("/close/4821", { reason: "because" }, bearer(S))).status).toBe(400);
    await world.at(SENDER).post("/close/4821?reason=failed", { reason: "declined" }, bearer(S));
    expect((await world.at(SENDER).get("/channel/4821", bearer(S))).body).toMatchObject({
      code: "closed",
      closed_by: "sender",
      reason: "declined",
    });
  });

  test("the owner of a closed name opens it again; a stranger gets 410 and then nothing", async () => {
    let now = Date.now();
    const world = await startRelay({ clock: () => now });
    await opened(world);
    await world.at(SENDER).get("/close/4821", bearer(S));
    expect(await world.at(RECIPIENT).post("/open", { channel: "4821" })).toMatchObject({ status: 410 });
    now += 11 * 60_000;
    expect(await world.at(RECIPIENT).get("/channel/4821")).toMatchObject({
      status: 404,
      body: { code: "unknown_channel" },
    });
    expect(await world.at(RECIPIENT).post("/open", { channel: "4821" })).toMatchObject({
      status: 409,
      body: { code: "channel_in_use" },
    });
    expect((await world.at(SENDER).post("/open", { channel: "4821" }, bearer(S))).body).toMatchObject({ round: 2 });
  });
});

test("a stapler's uuid-less peer is known by its address only if REST would know it so", async () => {
  const world = await startRelay();
  await answered(world);
  await world.at(SENDER).post("/sender/4821/h_k", { h_k: "h" }, bearer(S));
  const hello = { stapler: STAPLER, role: "sender" as const, channel: "4821", h_k: "h", address: SENDER };
  await expect(world.relay.internalClient.admit.mutate({ ...hello, uuid: null })).rejects.toMatchObject({
    data: { duet: { code: "not_yours" } },
  });
  await expect(world.relay.internalClient.admit.mutate({ ...hello, uuid: S })).resolves.toEqual({
    channel: "4821",
    round: 1,
  });
});
