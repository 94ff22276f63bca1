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

  test("a client's own Forwarded beside the proxy's X-Forwarded-For is 400", async () => {
    const world = await startRelay({ trustProxy: ["127.0.0.3"] });
    const headers = { "X-Forwarded-For": "192.0.2.1", Forwarded: "for=192.0.2.9" };
    for (const path of ["/channel/4821", "/health"])
      expect(await world.at("127.0.0.3").get(path, headers)).toMatchObject({
        status: 400,
        body: { code: "bad_request", message: "the proxy passes on a forwarding header that it does not write" },
      });
  });
});

test("a stapler's uuid-less peer is known by its address only if REST would know it so", async () => {
  const world = await startRelay();
  await answered(world);
  await world.at(SENDER).post("/sender/4821/h_k", { h_k: "h" }, bearer(S));
  const hello = { stapler: STAPLER, role: "sender" as const, channel: "4821", h_k: "h", address: SENDER };
  await expect(world.internal.admit.mutate({ ...hello, uuid: null })).rejects.toMatchObject({
    data: { duet: { code: "not_yours" } },
  });
  await expect(world.internal.admit.mutate({ ...hello, uuid: S })).resolves.toEqual({
    channel: "4821",
    round: 1,
  });
});
