import { describe, expect, test } from "vitest";
import { bearer, startRelay, type TestRelay } from "./support.js";

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
