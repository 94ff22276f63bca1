import { describe, expect, test } from "vitest";
import { getReady, isLostConnection } from "../../src/client/index.js";
import type { ExchangeOptions, Meeting } from "../../src/client/exchange.js";
import type { SeatKeeper, SeatKey } from "../../src/client/seat-keeper.js";
import { CLOSE_REASONS, type Role, type Uuid } from "../../src/protocol/names.js";
import { DuetError } from "../../src/protocol/problem.js";
import { fakeClock } from "./fake-clock.js";
import { deferred } from "./servers.js";
import { createWorld, meet, secretOf, talk } from "./world.js";

const never = new AbortController().signal;

/** Says so many bytes on a new connection, which breaks as soon as they are heard. */
async function carry(met: Record<Role, Meeting>, from: Role, to: Role, bytes: number): Promise<void> {
  const [speaker, listener] = await Promise.all([met[from].dial(never), met[to].dial(never)]);
  await listener.write([new Uint8Array(1)]);
  await speaker.readFully(new Uint8Array(1));
  await Promise.all([speaker.write([new Uint8Array(bytes)]), listener.readFully(new Uint8Array(bytes))]);
  for (const stream of [speaker, listener]) stream.destroy();
  await Promise.all([speaker.closed, listener.closed]);
}

describe("an exchange", () => {
  test("ends with the same key on both sides, and a pipe between them", async () => {
    await using world = await createWorld({ notice: "moves on \u001b[31mFriday" });
    const pair = world.pair();
    const opened = await pair.sender.open();
    expect(opened).toMatchObject({ channel: "4821", round: 1, notice: "moves on [31mFriday" });
    expect(opened.expiresAt.getTime()).toBeGreaterThan(Date.now());
    const met = await meet(pair);
    expect(met.sender).toMatchObject({ role: "sender", channel: "4821", round: 1 });
    expect(met.recipient).toMatchObject({ role: "recipient", channel: "4821", round: 1 });
    expect(met.sender.session.hK).toBe(met.recipient.session.hK);
    await talk(met);
    expect(pair.events.sender).toEqual([
      { type: "notice", text: "moves on [31mFriday" },
      { type: "round", channel: "4821", round: 1 },
      { type: "peer", round: 1 },
    ]);
  });

  test("has a channel of the relay's choice when none is named, and the default suite", async () => {
    await using world = await createWorld();
    const { sender } = world.pair({ sender: { channel: undefined as never, curve: undefined as never } });
    const { channel } = await sender.open();
    expect(channel).toMatch(/^\d{4,}$/);
    const { recipient } = world.pair({ channel });
    await talk(await meet({ sender, recipient, events: { sender: [], recipient: [] } }));
  });

  test("connects again in the same round", async () => {
    await using world = await createWorld();
    const met = await meet(world.pair());
    for (let i = 0; i < 3; i++) await talk(met);
    expect(world.server.stapler.counts().stapled).toBe(3);
  });

  test("goes on in the next round, with another key, whichever side asks first", async () => {
    await using world = await createWorld();
    const pair = world.pair();
    const first = await meet(pair);
    const second = await meet(pair);
    expect([second.sender.round, second.recipient.round]).toEqual([2, 2]);
    expect(second.sender.session.hK).not.toBe(first.sender.session.hK);
    await talk(second);
    await expect(first.sender.dial(never)).rejects.toMatchObject({ code: "round_over" });
    const left = await second.sender.dial(never);
    const recipientMeets = pair.recipient.meet();
    await expect(left.readFully(new Uint8Array(1))).rejects.toSatisfy(isLostConnection);
    await expect(second.sender.dial(never)).rejects.toMatchObject({ code: "round_over" });
    const third = { sender: await pair.sender.meet(), recipient: await recipientMeets };
    expect(third.sender.round).toBe(3);
    await talk(third);
  });

  test("opens once, also when it is asked twice at the same time", async () => {
    await using world = await createWorld();
    const { sender, events } = world.pair();
    expect(await sender.open()).toBe(await sender.open());
    expect(events.sender.filter(({ type }) => type === "round")).toHaveLength(1);
  });

  test("says that the name is taken, and can be opened when it is free", async () => {
    await using world = await createWorld();
    const other = world.pair();
    await other.sender.open();
    const { sender } = world.pair();
    await expect(sender.open()).rejects.toMatchObject({ code: "channel_in_use" });
    await expect(sender.meet()).rejects.toMatchObject({ code: "channel_in_use" });
  });

  test("is refused a seat that someone else has", async () => {
    await using world = await createWorld();
    const pair = world.pair();
    await meet(pair);
    await expect(world.pair().recipient.meet()).rejects.toMatchObject({ code: "seat_taken" });
  });

  test("needs the access token of a private relay", async () => {
    await using world = await createWorld({ accessToken: "let me in" });
    await expect(world.pair().sender.open()).rejects.toMatchObject({ code: "access_token" });
    const connect = () => world.connect({ accessToken: "let me in" });
    await talk(await meet(world.pair({ sender: { relay: connect() }, recipient: { relay: connect() } })));
  });
});

describe("addresses", () => {
  test("the stapler is dialled from the address that the relay has seen, so two are all that a channel needs", async () => {
    await using world = await createWorld({ addressPolicy: "strict" });
    const from = (localAddress: string) => ({ relay: world.connect({ localAddress }) });
    await talk(await meet(world.pair({ sender: from("127.0.0.2"), recipient: from("127.0.0.3") })));
    await expect(world.pair({ recipient: from("127.0.0.4") }).recipient.meet()).rejects.toMatchObject({
      code: "channel_full",
    });
  });

  test("are no matter when the relay knows people by their uuid only", async () => {
    await using world = await createWorld({ identity: "uuid", addressPolicy: "off" });
    await talk(await meet(world.pair()));
  });
});

describe("what each side can take", () => {
  test("is told to the other: the smaller record counts for both", async () => {
    await using world = await createWorld();
    const met = await meet(world.pair({ sender: { chunk: 65_536 }, recipient: { chunk: 16_384 } }));
    expect([met.sender.session.chunk, met.recipient.session.chunk]).toEqual([16_384, 16_384]);
  });
});

test("the connection is made while a code is being typed", async () => {
  await using world = await createWorld();
  const relay = world.connect();
  getReady(relay);
  const pair = world.pair({ recipient: { relay } });
  await talk(await meet(pair));
});

describe("waiting", () => {
  test("the recipient may come before the channel, and says that it waits", async () => {
    await using world = await createWorld();
    const pair = world.pair();
    const waiting = deferred();
    const early = world.pair({
      recipient: {
        onEvent: (event) => {
          if (event.type === "waiting") waiting.resolve();
        },
      },
    });
    const recipientMeets = early.recipient.meet();
    await waiting.promise;
    const met = { sender: await pair.sender.meet(), recipient: await recipientMeets };
    await talk(met);
  });

  test("the sender says that it waits", async () => {
    await using world = await createWorld();
    const waiting = deferred<unknown>();
    const { sender } = world.pair({
      sender: { waitForPeerMs: 1, onEvent: (event) => event.type === "waiting" && waiting.resolve(event) },
    });
    await expect(sender.meet()).rejects.toMatchObject({ code: "nobody_came" });
    expect(await waiting.promise).toEqual({ type: "waiting", for: "recipient" });
  });

  test("ends when nobody comes", async () => {
    await using world = await createWorld();
    const { recipient } = world.pair({ recipient: { waitForPeerMs: 1 } });
    await expect(recipient.meet()).rejects.toMatchObject({ code: "nobody_came" });
  });

  test.each(["sender", "recipient"] as const)("ends with the reason of the signal, for the %s", async (role) => {
    await using world = await createWorld();
    const over = new AbortController();
    const pair = world.pair({
      [role]: { signal: over.signal, onEvent: () => over.abort(new DuetError("interrupted")) },
    });
    await expect(pair[role].meet()).rejects.toMatchObject({ code: "interrupted" });
  });
});

describe("closing", () => {
  test.each(CLOSE_REASONS.filter((reason) => reason !== "done"))(
    "with %s is told to the other side, wherever it is",
    async (reason) => {
      await using world = await createWorld();
      const code = reason === "wrong-code" ? "wrong_code" : reason;
      const pair = world.pair();
      await pair.sender.open();
      await pair.sender.close(reason);
      await expect(pair.recipient.meet()).rejects.toMatchObject({ code });
      const met = world.pair({ channel: "77" });
      const { sender } = await meet(met);
      await met.recipient.close(reason);
      await expect((await sender.dial(never)).readFully(new Uint8Array(1))).rejects.toMatchObject({ code: "closed" });
      await expect(sender.dial(never)).rejects.toMatchObject({ code, extensions: { closed_by: "recipient", reason } });
    },
  );

  test("as done is `closed`: who has no acknowledgement of the other side cannot call it good", async () => {
    await using world = await createWorld();
    const { sender, recipient } = world.pair();
    await sender.open();
    await sender.close("done");
    await expect(recipient.meet()).rejects.toMatchObject({
      code: "closed",
      message: "this transfer is done, the channel is closed",
    });
  });

  test("ends what is under way here, and works after the signal has aborted everything else", async () => {
    await using world = await createWorld();
    const over = new AbortController();
    const pair = world.pair({ sender: { signal: over.signal } });
    await pair.sender.open();
    const recipientMeets = pair.recipient.meet();
    over.abort(new DuetError("interrupted"));
    await pair.sender.close("cancelled");
    await expect(recipientMeets).rejects.toMatchObject({ code: "cancelled" });
    await expect(pair.sender.meet()).rejects.toMatchObject({ code: "interrupted" });
  });

  test("what was never opened asks nothing of the relay", async () => {
    await using world = await createWorld();
    const pair = world.pair();
    await pair.sender.close("cancelled");
    await pair.recipient.close("cancelled");
    await expect(pair.recipient.meet()).rejects.toMatchObject({ code: "interrupted" });
  });

  test("never fails, and never takes long", async () => {
    const world = await createWorld();
    const pair = world.pair();
    await pair.sender.open();
    await world[Symbol.asyncDispose]();
    await pair.sender.close("done");
  });
});

/** The seats of all processes of a test, in memory. */
function seats(): SeatKeeper & { readonly kept: Map<string, Uuid> } {
  const kept = new Map<string, Uuid>();
  const name = (key: SeatKey): string => `${key.relay} ${key.channel} ${key.role}`;
  return {
    kept,
    load: (key) => Promise.resolve(kept.get(name(key))),
    save: (key, uuid) => Promise.resolve(void kept.set(name(key), uuid)),
    forget: (key) => Promise.resolve(void kept.delete(name(key))),
  };
}

describe("a process that was killed", () => {
  test.each(["sender", "recipient"] as const)(
    "takes its seat again, and the %s's other side meets it in a new round",
    async (role) => {
      await using world = await createWorld();
      const kept = seats();
      const killed = new AbortController();
      const pair = world.pair({ [role]: { seats: kept, signal: killed.signal } });
      const before = await meet(pair);
      killed.abort();
      const again = world.pair({ [role]: { seats: kept } });
      const other = role === "sender" ? "recipient" : "sender";
      const otherStream = await before[other].dial(never);
      const restarted = again[role].meet();
      await expect(otherStream.readFully(new Uint8Array(1))).rejects.toSatisfy(isLostConnection);
      await expect(before[other].dial(never)).rejects.toMatchObject({ code: "round_over" });
      const met = { [other]: await pair[other].meet(), [role]: await restarted } as unknown as typeof before;
      expect(met.sender.round).toBe(2);
      await talk(met);
    },
  );

  test("when its x was posted costs the round, not the transfer", async () => {
    await using world = await createWorld();
    const kept = seats();
    const killed = new AbortController();
    const pair = world.pair({ sender: { seats: kept, signal: killed.signal } });
    await pair.sender.open();
    const recipientMeets = pair.recipient.meet();
    killed.abort();
    const again = world.pair({ sender: { seats: kept } });
    await talk({ sender: await again.sender.meet(), recipient: await recipientMeets });
  });

  test("when it had just joined keeps its place", async () => {
    await using world = await createWorld();
    const kept = seats();
    const killed = new AbortController();
    const onEvent: ExchangeOptions["onEvent"] = ({ type }) =>
      type === "round" && killed.abort(new DuetError("interrupted"));
    const pair = world.pair({ recipient: { seats: kept, signal: killed.signal, onEvent } });
    await pair.sender.open();
    await expect(pair.recipient.meet()).rejects.toMatchObject({ code: "interrupted" });
    const { recipient } = world.pair({ recipient: { seats: kept } });
    await talk(await meet({ ...pair, recipient }));
  });

  test("leaves its seat when the transfer is done, not when it is cancelled", async () => {
    await using world = await createWorld();
    const kept = seats();
    const pair = world.pair({ sender: { seats: kept }, recipient: { seats: kept } });
    await meet(pair);
    expect([...kept.kept.keys()].sort()).toEqual([`${world.url} 4821 recipient`, `${world.url} 4821 sender`]);
    await pair.recipient.close("done");
    await pair.sender.close("cancelled");
    expect([...kept.kept.keys()]).toEqual([`${world.url} 4821 sender`]);
  });

  test("can take up a channel that it closed itself", async () => {
    await using world = await createWorld();
    const kept = seats();
    const first = world.pair({ sender: { seats: kept } });
    await first.sender.open();
    await first.sender.close("cancelled");
    await talk(await meet(world.pair({ sender: { seats: kept } })));
  });
});

describe("a relay that restarts", () => {
  test("while the sender waits costs nothing but time", async () => {
    await using world = await createWorld();
    const pair = world.pair();
    await pair.sender.open();
    const senderMeets = pair.sender.meet();
    await world.restart();
    const recipientMeets = pair.recipient.meet();
    await talk({ sender: await senderMeets, recipient: await recipientMeets });
  });

  test("while the recipient waits too", async () => {
    await using world = await createWorld();
    const waiting = deferred();
    const pair = world.pair({ recipient: { onEvent: ({ type }) => type === "waiting" && waiting.resolve() } });
    const recipientMeets = pair.recipient.meet();
    await waiting.promise;
    await world.restart();
    await talk({ sender: await pair.sender.meet(), recipient: await recipientMeets });
  });

  test("after they have met is followed by a new round of both", async () => {
    await using world = await createWorld();
    const pair = world.pair();
    const met = await meet(pair);
    const streams = await Promise.all([met.sender.dial(never), met.recipient.dial(never)]);
    await world.restart();
    for (const stream of streams) await expect(stream.readFully(new Uint8Array(1))).rejects.toSatisfy(isLostConnection);
    await expect(met.sender.dial(never)).rejects.toMatchObject({ code: "round_over" });
    await expect(met.recipient.dial(never)).rejects.toMatchObject({ code: "round_over" });
    await talk(await meet(pair));
  });

  test("a relay that does not come back ends it", async () => {
    const world = await createWorld();
    const pair = world.pair({ sender: { waitForPeerMs: 300 } });
    await pair.sender.open();
    const senderMeets = pair.sender.meet();
    senderMeets.catch(() => {});
    await world.server.close();
    await expect(senderMeets).rejects.toMatchObject({
      code: "connection_lost",
      message: "the relay was lost and did not come back",
    });
    await world[Symbol.asyncDispose]();
  });

  test("a relay that never was there is told apart", async () => {
    const world = await createWorld();
    await world[Symbol.asyncDispose]();
    const start = performance.now();
    await expect(world.pair({ sender: { signal: never } }).sender.open()).rejects.toMatchObject({
      code: "relay_unreachable",
      message: "the relay cannot be reached (ECONNREFUSED)",
    });
    expect(performance.now() - start).toBeLessThan(9_000);
  });
});

describe("a wrong code", () => {
  const wrong = { recipient: { secret: secretOf("cactus-lemon-violet") } };

  test("ends both sides, and without a yes of the human nothing follows", async () => {
    await using world = await createWorld();
    const pair = world.pair(wrong);
    const [sender, recipient] = await Promise.allSettled([pair.sender.meet(), pair.recipient.meet()]);
    expect(sender).toMatchObject({ status: "rejected", reason: { code: "wrong_code" } });
    expect(recipient).toMatchObject({
      status: "rejected",
      reason: { code: "wrong_code", extensions: { closed_by: "sender" } },
    });
  });

  test("may be followed by another round when the human says so, with what was asked for", async () => {
    await using world = await createWorld();
    const asked: [string, number][] = [];
    const again = deferred();
    const mistaken = world.pair({
      ...wrong,
      sender: {
        onEvent: (event) => event.type === "round" && event.round === 2 && again.resolve(),
        confirmAnotherRound: (error, left) => {
          asked.push([error.code, left]);
          return Promise.resolve(true);
        },
      },
    });
    const senderMeets = mistaken.sender.meet();
    await expect(mistaken.recipient.meet()).rejects.toMatchObject({ code: "wrong_code" });
    await again.promise;
    const recipientMeets = world.pair().recipient.meet();
    await talk({ sender: await senderMeets, recipient: await recipientMeets });
    expect(asked).toEqual([["wrong_code", 2]]);
  });

  test("a third time stops the sender, which is not asked any more and says why", async () => {
    await using world = await createWorld();
    let asked = 0;
    const rounds = [deferred(), deferred(), deferred()];
    const round = (count: number): Promise<void> => rounds[count - 1]?.promise ?? Promise.resolve();
    const { sender, events } = world.pair({
      sender: {
        confirmAnotherRound: () => Promise.resolve((asked += 1) > 0),
        onEvent: (event) => {
          events.sender.push(event);
          if (event.type === "round") rounds[event.round - 1]?.resolve();
        },
      },
    });
    const senderMeets = sender.meet();
    senderMeets.catch(() => {});
    for (let guess = 0; guess < 3; guess++) {
      await round(guess + 1);
      await expect(world.pair(wrong).recipient.meet()).rejects.toMatchObject({ code: "wrong_code" });
    }
    await expect(senderMeets).rejects.toMatchObject({
      code: "wrong_code",
      message: "wrong code, 3 times",
      extensions: { guesses_left: 0 },
    });
    expect(asked).toBe(2);
    await expect(sender.meet()).rejects.toMatchObject({ code: "wrong_code", message: "wrong code, 3 times" });
    expect(events.sender.filter(({ type }) => type === "round")).toHaveLength(3);
  });
});

describe("two versions that cannot talk", () => {
  test("end with `unsupported` at the sender and with a close at the recipient", async () => {
    await using world = await createWorld();
    const pair = world.pair({ recipient: { versions: [2] } });
    const [sender, recipient] = await Promise.allSettled([pair.sender.meet(), pair.recipient.meet()]);
    expect(sender).toMatchObject({ reason: { code: "unsupported" } });
    expect(recipient).toMatchObject({ reason: { code: "failed", message: "the other side gave up" } });
  });
});

describe("a stapler that cannot be reached", () => {
  test("is given up when there never was a connection", async () => {
    await using world = await createWorld();
    const clock = fakeClock();
    const pair = world.pair({ sender: { clock } });
    const start = clock.now();
    await world.server.stapler.close();
    const { sender } = await meet(pair);
    await expect(sender.dial(never)).rejects.toMatchObject({ code: "stapler_unreachable" });
    expect(clock.now() - start).toBeGreaterThan(5_000);
    expect(pair.events.sender.filter(({ type }) => type === "retrying").length).toBeGreaterThan(3);
  });

  test("is looked for as long as for a peer, when there was a connection", async () => {
    await using world = await createWorld();
    const clock = fakeClock();
    const { sender } = await meet(world.pair({ sender: { clock, waitForPeerMs: 30_000 } }));
    (await sender.dial(never)).destroy();
    const start = clock.now();
    await world.server.stapler.close();
    await expect(sender.dial(never)).rejects.toMatchObject({ code: "connection_lost" });
    expect(clock.now() - start).toBeGreaterThan(25_000);
  });

  test("or that drops connections again and again is not dialled in a hurry", async () => {
    await using world = await createWorld();
    const clock = fakeClock(0.999);
    const { sender } = await meet(world.pair({ sender: { clock } }));
    for (let i = 0; i < 5; i++) (await sender.dial(never)).destroy();
    expect(clock.slept.map(Math.round)).toEqual([1998, 1998, 1998]);
    clock.advance(60_000);
    (await sender.dial(never)).destroy();
    expect(clock.slept).toHaveLength(3);
  });

  test.each([
    ["sender", "recipient"],
    ["recipient", "sender"],
  ] as const)("is dialled at once after a connection on which the %s was heard, however often", async (from, to) => {
    await using world = await createWorld();
    const clock = fakeClock(0.999);
    const met = await meet(world.pair({ sender: { clock }, recipient: { clock } }));
    for (let loss = 0; loss < 6; loss++) await carry(met, from, to, 16 * 1024);
    expect(clock.slept).toEqual([]);
  });

  test("that lets greetings through and no more is not dialled in a hurry", async () => {
    await using world = await createWorld();
    const clock = fakeClock(0.999);
    const met = await meet(world.pair({ sender: { clock }, recipient: { clock: fakeClock(0) } }));
    for (let loss = 0; loss < 5; loss++) await carry(met, "recipient", "sender", 200);
    expect(clock.slept.map(Math.round)).toEqual([1998, 1998, 1998]);
    await carry(met, "recipient", "sender", 16 * 1024);
    await carry(met, "recipient", "sender", 200);
    // Where it had brought something, counting begins anew.
    expect(clock.slept).toHaveLength(4);
  });

  test("does not hold up an abort", async () => {
    await using world = await createWorld();
    const { sender } = await meet(world.pair());
    const over = new AbortController();
    over.abort(new DuetError("interrupted"));
    await expect(sender.dial(over.signal)).rejects.toMatchObject({ code: "interrupted" });
  });
});
