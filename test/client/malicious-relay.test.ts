import { createHash } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { fromBase64Url, toBase64Url } from "../../src/protocol/base64url.js";
import { startSender } from "../../src/protocol/handshake.js";
import { lv, readLv } from "../../src/protocol/lv.js";
import type { ChannelName } from "../../src/protocol/names.js";
import type { SuiteName } from "../../src/protocol/suite-names.js";
import { tcpServer } from "./servers.js";
import { type Meddler, type WireCall, createWire, refusal } from "./wire.js";
import { WORDS, createWorld, secretOf } from "./world.js";

const NEVER_WORDS = secretOf("abandon-ability-able");

/** The parts of a share, changed and put together again. */
function altered(share: unknown, count: 2 | 3, change: (parts: Uint8Array[]) => readonly Uint8Array[]): string {
  const parts = readLv(fromBase64Url(String(share)) ?? new Uint8Array(0), count) ?? [];
  return toBase64Url(lv(...change(parts.map((part) => part.slice()))));
}

/** Replaces one part of a share. */
function withPart(index: number, make: (part: Uint8Array) => Uint8Array): (parts: Uint8Array[]) => Uint8Array[] {
  return (parts) => parts.map((part, at) => (at === index ? make(part) : part));
}

/** One part of the data that goes along with a share: ADa of three, ADb of two. */
function withData(
  count: 2 | 3,
  index: number,
  make: (part: Uint8Array) => Uint8Array,
): (parts: Uint8Array[]) => Uint8Array[] {
  return withPart(count - 1, (data) => lv(...withPart(index, make)([...(readLv(data, count) ?? [])])));
}

const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => (at === 5 ? byte ^ 1 : byte));
const json = (text: string) => (): Uint8Array => new TextEncoder().encode(text);
/** 2^255 - 18: a field element that is not reduced, so no canonical encoding of anything. */
const UNREDUCED = Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 0xee : at === 31 ? 0x7f : 0xff));

interface Outcome {
  readonly sender: unknown;
  readonly recipient: unknown;
  readonly calls: readonly WireCall[];
}

/** Both sides try to meet through these hands. */
async function through(meddler: Meddler, curve: SuiteName = "ristretto255"): Promise<Outcome> {
  await using world = await createWorld();
  await using wire = await createWire(world.url, meddler);
  const pair = world.pair({
    url: wire.url,
    sender: { curve, waitForPeerMs: 2_000 },
    recipient: { waitForPeerMs: 2_000 },
  });
  const [sender, recipient] = await Promise.allSettled([pair.sender.meet(), pair.recipient.meet()]);
  const codeOf = (result: PromiseSettledResult<unknown>): unknown =>
    result.status === "fulfilled" ? "met" : (result.reason as { code: unknown }).code;
  return { sender: codeOf(sender), recipient: codeOf(recipient), calls: wire.calls };
}

const posted = (calls: readonly WireCall[], field: "x" | "y" | "h_k"): WireCall[] =>
  calls.filter(({ procedure, input }) => procedure.startsWith("post") && field in input);

/** Changes what the recipient is told when it joins. */
const swapX = (swap: (output: Record<string, unknown>) => void): Meddler => ({
  after: ({ procedure, input, output }) => {
    if (procedure === "openChannel" && input["role"] === "recipient") swap(output);
  },
});

/** Changes what the sender is told of y. */
const swapY = (swap: (output: Record<string, unknown>) => void): Meddler => ({
  after: ({ procedure, output }) => {
    if (procedure === "getY") swap(output);
  },
});

describe("an x that breaks a rule is a wrong code on both sides, and hh_k is never posted:", () => {
  const set = (make: (x: string) => unknown) => swapX((output) => void (output["x"] = make(String(output["x"]))));
  test.each([
    [
      "the identity",
      set((x) =>
        altered(
          x,
          3,
          withPart(1, () => new Uint8Array(32)),
        ),
      ),
      "ristretto255",
    ],
    [
      "a point that is not canonical",
      set((x) =>
        altered(
          x,
          3,
          withPart(1, () => UNREDUCED),
        ),
      ),
      "ristretto255",
    ],
    [
      "a share of another length",
      set((x) =>
        altered(
          x,
          3,
          withPart(1, (part) => part.slice(1)),
        ),
      ),
      "ristretto255",
    ],
    [
      "a compressed point of p256",
      set((x) =>
        altered(
          x,
          3,
          withPart(1, (part) => Uint8Array.of(2, ...part.slice(1, 33))),
        ),
      ),
      "p256",
    ],
    ["a point off the curve", set((x) => altered(x, 3, withPart(1, flipped))), "p256"],
    ["padding", set((x) => `${x}=`), "ristretto255"],
    ["the other alphabet", set((x) => `+/${x.slice(2)}`), "ristretto255"],
    ["a foreign character", set((x) => `${x.slice(0, 9)}\n${x.slice(9)}`), "ristretto255"],
    ["nothing", set(() => ""), "ristretto255"],
    [
      "a sid that is short",
      set((x) =>
        altered(
          x,
          3,
          withPart(0, (part) => part.slice(1)),
        ),
      ),
      "ristretto255",
    ],
    ["something behind", set((x) => toBase64Url(Uint8Array.of(...(fromBase64Url(x) ?? []), 0))), "ristretto255"],
    ["a length of 2^21", set(() => toBase64Url(Uint8Array.of(0x80, 0x80, 0x80, 0x01))), "ristretto255"],
    ["a length of 4 GiB", set(() => toBase64Url(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 1))), "ristretto255"],
    ["more characters than a share has", set(() => "A".repeat(5_000)), "ristretto255"],
    [
      "an ML-KEM key that was not asked for",
      set((x) =>
        altered(
          x,
          3,
          withData(3, 0, () => new Uint8Array(1184)),
        ),
      ),
      "ristretto255",
    ],
    [
      "an ML-KEM key with a coefficient of 4095",
      set((x) =>
        altered(
          x,
          3,
          withData(3, 0, (key) => Uint8Array.of(0xff, 0xff, 0xff, ...key.slice(3))),
        ),
      ),
      "ristretto255+mlkem768",
    ],
    [
      "no ML-KEM key",
      set((x) =>
        altered(
          x,
          3,
          withData(3, 0, () => new Uint8Array(0)),
        ),
      ),
      "ristretto255+mlkem768",
    ],
    [
      "a suite without ML-KEM in its place",
      swapX((output) => void (output["curve"] = "ristretto255")),
      "ristretto255+mlkem768",
    ],
    ["a suite of another group in its place", swapX((output) => void (output["curve"] = "p256")), "ristretto255"],
  ] as const)("%s", async (_what, meddler, curve) => {
    const { sender, recipient, calls } = await through(meddler, curve);
    expect([sender, recipient]).toEqual(["wrong_code", "wrong_code"]);
    expect(posted(calls, "y")).toEqual([]);
    expect(
      calls.filter(({ procedure }) => procedure === "closeChannelPost").map(({ input }) => input["reason"]),
    ).toEqual(["wrong-code"]);
  });
});

describe("an x that another secret or change would give is found by the sender, which reveals nothing:", () => {
  test.each([
    ["sid", withPart(0, flipped)],
    ["the commitment to nS", withData(3, 1, flipped)],
    ["the capabilities", withData(3, 2, json('{"v":[1],"chunk":16384}'))],
    ["no capabilities at all", withData(3, 2, () => new Uint8Array(0))],
  ] as const)("%s", async (_what, change) => {
    const { sender, recipient, calls } = await through(
      swapX((output) => void (output["x"] = altered(output["x"], 3, change))),
    );
    expect([sender, recipient]).toEqual(["wrong_code", "wrong_code"]);
    expect(posted(calls, "h_k")).toEqual([]);
  });

  test("a suite that this side does not know is refused by name, and nothing is posted", async () => {
    const { sender, recipient, calls } = await through(swapX((output) => void (output["curve"] = "p557")));
    expect([sender, recipient]).toEqual(["failed", "unsupported"]);
    expect(posted(calls, "y")).toEqual([]);
  });
});

describe("a y or hh_k that was changed is a wrong code on both sides, and h_k is never revealed:", () => {
  const set = (field: "y" | "hh_k", make: (value: string) => unknown) =>
    swapY((output) => void (output[field] = make(String(output[field]))));
  let ownX = "";
  const reflected: Meddler = {
    before: ({ procedure, input }) => {
      if (procedure === "postToChannel" && "x" in input) ownX = String(input["x"]);
    },
    after: ({ procedure, output }) => {
      if (procedure !== "getY") return;
      const [, ya = new Uint8Array(0)] = readLv(fromBase64Url(ownX) ?? new Uint8Array(0), 3) ?? [];
      output["y"] = altered(
        output["y"],
        2,
        withPart(0, () => ya),
      );
    },
  };
  test.each([
    [
      "the identity",
      set("y", (y) =>
        altered(
          y,
          2,
          withPart(0, () => new Uint8Array(32)),
        ),
      ),
      "ristretto255",
    ],
    [
      "a point that is not canonical",
      set("y", (y) =>
        altered(
          y,
          2,
          withPart(0, () => UNREDUCED),
        ),
      ),
      "ristretto255",
    ],
    ["the sender's own share", reflected, "ristretto255"],
    ["padding", set("y", (y) => `${y}=`), "ristretto255"],
    ["something behind", set("y", (y) => toBase64Url(Uint8Array.of(...(fromBase64Url(y) ?? []), 0))), "ristretto255"],
    ["a length of 4 GiB", set("y", () => toBase64Url(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f))), "ristretto255"],
    [
      "other capabilities",
      set("y", (y) => altered(y, 2, withData(2, 1, json('{"v":[1],"chunk":16384}')))),
      "ristretto255",
    ],
    ["another ML-KEM ciphertext", set("y", (y) => altered(y, 2, withData(2, 0, flipped))), "ristretto255+mlkem768"],
    [
      "an ML-KEM ciphertext of another length",
      set("y", (y) =>
        altered(
          y,
          2,
          withData(2, 0, (ct) => ct.slice(1)),
        ),
      ),
      "ristretto255+mlkem768",
    ],
    ["hh_k of something else", set("hh_k", () => toBase64Url(new Uint8Array(32))), "ristretto255"],
    ["hh_k that is short", set("hh_k", (hhK) => hhK.slice(0, 42)), "ristretto255"],
    [
      "hh_k with stray bits",
      set("hh_k", (hhK) => `${hhK.slice(0, 42)}${hhK.endsWith("A") ? "B" : "_"}`),
      "ristretto255",
    ],
    ["hh_k that is empty", set("hh_k", () => ""), "ristretto255"],
  ] as const)("%s", async (_what, meddler, curve) => {
    const { sender, recipient, calls } = await through(meddler, curve);
    expect([sender, recipient]).toEqual(["wrong_code", "wrong_code"]);
    expect(posted(calls, "h_k")).toEqual([]);
  });
});

describe("an h_k that was changed is a wrong code, and the recipient says nothing to the stapler:", () => {
  test.each([
    ["of something else", () => toBase64Url(new Uint8Array(32))],
    ["the recipient's own hh_k played back", (calls: readonly WireCall[]) => posted(calls, "y")[0]?.input["hh_k"]],
    ["empty", () => ""],
  ] as const)("%s", async (_what, make) => {
    await using world = await createWorld();
    const connections: Socket[] = [];
    await using stapler = await tcpServer((socket) => connections.push(socket));
    const calls: WireCall[] = [];
    await using wire = await createWire(world.url, {
      before: (call) => void calls.push(call),
      after: async ({ procedure, output }) => {
        if (procedure === "postToChannel" && "stapler" in output)
          output["stapler"] = { host: null, port: stapler.port, websocket_url: null };
        if (procedure !== "getHk") return;
        // The recipient may be connected by now, and must not have said a word.
        output["h_k"] = make(calls);
      },
    });
    const { sender, recipient } = world.pair({ url: wire.url, recipient: { waitForPeerMs: 2_000 } });
    const [senderMeets, recipientMeets] = await Promise.allSettled([sender.meet(), recipient.meet()]);
    expect(senderMeets.status).toBe("fulfilled");
    expect(recipientMeets).toMatchObject({ status: "rejected", reason: { code: "wrong_code" } });
    for (const socket of connections) {
      if (!socket.readableEnded) await once(socket.resume(), "end");
      expect(socket.bytesRead).toBe(0);
    }
    expect(connections.length).toBe(1);
  });
});

describe("guesses", () => {
  /** A relay that plays the sender with words that it guesses, takes hh_k, and breaks off without a verdict. */
  function guessing(breakOff: () => ReturnType<typeof refusal>): { meddler: Meddler; hhKs: unknown[] } {
    const hhKs: unknown[] = [];
    let round = 0;
    let x = "";
    const next = async (): Promise<void> => {
      ({ x } = await startSender({ channel: "4821" as ChannelName, secret: NEVER_WORDS, curve: "ristretto255" }));
    };
    const meddler: Meddler = {
      before: ({ procedure, input }) => {
        if (procedure === "openChannel") {
          round += 1;
          const answer = {
            channel: "4821",
            uuid: input["uuid"],
            round,
            expires_at: "2030-01-01T00:00:00.000Z",
            x,
            curve: "ristretto255",
            success: true,
          };
          return { status: 200, body: { result: { data: answer } } };
        }
        if (procedure === "postToChannel") {
          hhKs.push(input["hh_k"]);
          void next();
          return { status: 200, body: { result: { data: { stapler: { host: null, port: 9, websocket_url: null } } } } };
        }
        return breakOff();
      },
    };
    void next();
    return { meddler, hhKs };
  }

  test.each([
    ["says that the round is over", () => refusal("round_over", 409)],
    ["says that it knows no such channel", () => refusal("unknown_channel", 404)],
  ])("a relay that takes hh_k and %s gets three, and no fourth", async (_how, breakOff) => {
    await using world = await createWorld();
    const { meddler, hhKs } = guessing(breakOff);
    await using wire = await createWire(world.url, meddler);
    const { recipient } = world.pair({ url: wire.url });
    await expect(recipient.meet()).rejects.toMatchObject({
      code: "wrong_code",
      message: "wrong code, 3 times",
      extensions: { guesses_left: 0 },
    });
    expect(new Set(hhKs).size).toBe(3);
    await expect(recipient.meet()).rejects.toMatchObject({ code: "wrong_code" });
    expect(hhKs).toHaveLength(3);
  });

  test("one that loses the call instead gets one guess only: the same y comes again", async () => {
    await using world = await createWorld();
    const { meddler, hhKs } = guessing(() => refusal("store_unavailable", 503));
    await using wire = await createWire(world.url, meddler);
    const { recipient } = world.pair({ url: wire.url, recipient: { waitForPeerMs: 500 } });
    await expect(recipient.meet()).rejects.toMatchObject({ code: "connection_lost" });
    expect(hhKs).toHaveLength(1);
  });

  test("one that closes with wrong-code gets one, without a yes of the human", async () => {
    await using world = await createWorld();
    const { meddler, hhKs } = guessing(() => refusal("closed", 410, { reason: "wrong-code", closed_by: "sender" }));
    await using wire = await createWire(world.url, meddler);
    const { recipient } = world.pair({ url: wire.url });
    await expect(recipient.meet()).rejects.toMatchObject({ code: "wrong_code" });
    expect(hhKs).toHaveLength(1);
  });

  test("a round that ended well takes back its own guess and no other", async () => {
    await using world = await createWorld();
    let broken = 0;
    await using wire = await createWire(world.url, {
      // The second and the third round break off; the first, fourth and fifth are left alone.
      before: ({ procedure, input }) =>
        procedure === "getHk" && [2, 3].includes(Number(input["round"]))
          ? (broken++, refusal("round_over", 409))
          : undefined,
    });
    const pair = world.pair({ url: wire.url });
    const restless = (async () => {
      for (;;) {
        const meeting = await pair.sender.meet();
        for (;;) {
          const stream = await meeting.dial(new AbortController().signal).catch(() => undefined);
          if (stream === undefined) break;
          await stream.readFully(new Uint8Array(1)).catch(() => {});
        }
      }
    })();
    restless.catch(() => {});
    for (const round of [1, 4, 5]) expect((await pair.recipient.meet()).round).toBe(round);
    expect(broken).toBe(2);
  });
});

describe("an answer that is none", () => {
  test.each([
    ["another channel", "sender", swap("openChannel", { channel: "666" })],
    ["a channel that is no name", "sender", swap("openChannel", { channel: "../etc" })],
    ["a round that is no number", "sender", swap("openChannel", { round: "1" })],
    ["a round of 0", "sender", swap("openChannel", { round: 0 })],
    ["no time", "sender", swap("openChannel", { expires_at: "soon" })],
    ["an x that is no text", "recipient", swap("openChannel", { x: 7 })],
    ["a curve that is no text", "recipient", swap("openChannel", { curve: null })],
    ["a y that is no text", "sender", swap("getY", { y: {} })],
    ["a stapler without a port", "sender", swap("getY", { stapler: { host: null, port: 0 } })],
    ["a stapler with a host that is none", "sender", swap("getY", { stapler: { host: "a b", port: 1 } })],
    ["a stapler that is no object", "recipient", swap("postToChannel", { stapler: 7 })],
    ["an h_k that is no text", "recipient", swap("getHk", { h_k: ["a"] })],
  ] as const)("(%s) is the relay's fault, and ends the %s", async (_what, role, meddler) => {
    await using world = await createWorld();
    await using wire = await createWire(world.url, meddler);
    const pair = world.pair({ url: wire.url });
    const meetings = { sender: pair.sender.meet(), recipient: pair.recipient.meet() };
    for (const meeting of Object.values(meetings)) meeting.catch(() => {});
    await expect(meetings[role]).rejects.toMatchObject({
      code: "relay_refused",
      message: expect.stringContaining("is not understood") as string,
    });
  });

  function swap(procedure: string, fields: Record<string, unknown>): Meddler {
    return {
      after: (call) => {
        if (call.procedure === procedure) Object.assign(call.output, fields);
      },
    };
  }
});

test("what a relay sees has nothing that the words alone would give: the same words twice share no field", async () => {
  const runs: string[][] = [];
  let words = "";
  for (let run = 0; run < 2; run++) {
    await using world = await createWorld();
    await using wire = await createWire(world.url);
    const pair = world.pair({ url: wire.url, sender: { curve: "ristretto255+mlkem768" } });
    await Promise.all([pair.sender.meet(), pair.recipient.meet()]);
    words += wire.transcript;
    const fields = wire.calls.flatMap(({ input, output = {}, uuid = "" }) => [
      uuid,
      ...["x", "y", "hh_k", "h_k"].flatMap((name) => [input[name], output[name]]),
    ]);
    runs.push(fields.filter((field): field is string => typeof field === "string" && field.length > 0));
  }
  const [first = [], second = []] = runs;
  expect(first.length).toBeGreaterThan(10);
  expect(first.filter((field) => second.includes(field))).toEqual([]);
  for (const word of ["cactus", "lemon", "violin"]) expect(words.toLowerCase()).not.toContain(word);
  for (const [hash, form] of [
    ["sha1", "hex"],
    ["sha256", "hex"],
    ["sha256", "base64url"],
    ["sha512", "hex"],
    ["sha512", "base64url"],
  ] as const) {
    expect(words).not.toContain(createHash(hash).update(WORDS).digest(form));
  }
});
