import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { toBase64Url } from "../../src/protocol/base64url.js";
import { hex } from "../../src/protocol/bytes.js";
import { parseCode } from "../../src/protocol/code-phrase.js";
import { startRecipient, startSender } from "../../src/protocol/handshake.js";
import { hhKOf } from "../../src/protocol/h-k.js";
import { isChannelName, isShare } from "../../src/protocol/names.js";
import { DuetError } from "../../src/protocol/problem.js";
import { deriveKey, prepare } from "../../src/protocol/run.js";
import { SUITE_NAMES } from "../../src/protocol/suite-names.js";
import { agreedRound, CODE, OTHER_CODE, present, problem, repeatable, round, thrown } from "./support.js";

describe.each(SUITE_NAMES)("%s", (curve) => {
  test("two sides that know the words hold the same keys and digits", async () => {
    const { sender, recipient } = await agreedRound(curve);
    expect(recipient.hK).toBe(sender.hK);
    expect(recipient.keys.s2r.reveal()).toEqual(sender.keys.s2r.reveal());
    expect(recipient.keys.r2s.reveal()).toEqual(sender.keys.r2s.reveal());
    expect(sender.keys.s2r.reveal()).not.toEqual(sender.keys.r2s.reveal());
    expect(sender.sas).toMatch(/^\d{4} \d{4}$/);
    expect(recipient.sasFor(sender.sasNonce ?? new Uint8Array(0))).toBe(sender.sas);
    expect([sender.role, recipient.role]).toEqual(["sender", "recipient"]);
  });

  test("the shares are what a relay takes, and hh_k is the hash of h_k", async () => {
    const { senderRun, recipientRun } = await round(curve);
    expect(isShare(senderRun.x)).toBe(true);
    expect(isShare(recipientRun.y)).toBe(true);
    expect(senderRun.curve).toBe(curve);
    const { hK } = senderRun.finish(recipientRun.y, recipientRun.hhK);
    expect(hhKOf(hK)).toBe(recipientRun.hhK);
    expect(hK).toHaveLength(43);
  });

  test("other words are a wrong code on both sides", async () => {
    const { senderRun, recipientRun } = await round(curve, {}, OTHER_CODE);
    expect(() => senderRun.finish(recipientRun.y, recipientRun.hhK)).toThrow(problem("wrong_code"));
    const { sender: another } = await agreedRound(curve);
    expect(() => recipientRun.confirm(another.hK)).toThrow(problem("wrong_code"));
  });
});

describe("what is bound into the key", () => {
  test("the channel: a share played into another channel is a wrong code", async () => {
    const elsewhere = parseCode("4822-cactus-lemon-violin").channel;
    const { senderRun, recipientRun } = await round("ristretto255", {}, { channel: elsewhere });
    expect(() => senderRun.finish(recipientRun.y, recipientRun.hhK)).toThrow(problem("wrong_code"));
  });

  test("the suite: no share of one is taken for another", async () => {
    for (const curve of SUITE_NAMES) {
      const { x } = await startSender({ ...CODE, curve });
      for (const other of SUITE_NAMES.filter((name) => name !== curve)) {
        await expect(startRecipient({ ...CODE, curve: other, x })).rejects.toThrow(problem("wrong_code"));
      }
    }
  });

  test("the round: y of one round is a wrong code in the next, though words and channel are the same", async () => {
    const first = await round("ristretto255");
    const second = await round("ristretto255");
    expect(() => second.senderRun.finish(first.recipientRun.y, first.recipientRun.hhK)).toThrow(problem("wrong_code"));
    const { hK } = first.senderRun.finish(first.recipientRun.y, first.recipientRun.hhK);
    expect(() => second.recipientRun.confirm(hK)).toThrow(problem("wrong_code"));
  });

  test("fresh randomness: two rounds share nothing", async () => {
    const [a, b] = [await agreedRound(), await agreedRound()];
    expect(a.sender.hK).not.toBe(b.sender.hK);
    expect(a.sender.keys.s2r.reveal()).not.toEqual(b.sender.keys.s2r.reveal());
    expect(a.sender.sas).not.toBe(b.sender.sas);
  });

  test("the same randomness gives the same shares: nothing random comes from elsewhere", async () => {
    for (const curve of SUITE_NAMES) {
      const once = await round(curve, { random: repeatable("s") }, { random: repeatable("r") });
      const again = await round(curve, { random: repeatable("s") }, { random: repeatable("r") });
      expect([again.senderRun.x, again.recipientRun.y, again.recipientRun.hhK]).toEqual([
        once.senderRun.x,
        once.recipientRun.y,
        once.recipientRun.hhK,
      ]);
    }
  });
});

describe("rule 4: a run is used once", () => {
  test("after a success", async () => {
    const { senderRun, recipientRun } = await round("ristretto255");
    const { hK } = senderRun.finish(recipientRun.y, recipientRun.hhK);
    recipientRun.confirm(hK);
    expect(() => senderRun.finish(recipientRun.y, recipientRun.hhK)).toThrow(problem("failed"));
    expect(() => recipientRun.confirm(hK)).toThrow(problem("failed"));
  });

  test("and can be ended without a verdict, which leaves nothing of it", async () => {
    const draws: Uint8Array[] = [];
    const draw = repeatable("ended");
    const random = (length: number): Uint8Array => {
      const fresh = draw(length);
      draws.push(fresh);
      return fresh;
    };
    const { senderRun, recipientRun } = await round("ristretto255", { random });
    senderRun.end();
    recipientRun.end();
    expect(() => senderRun.finish(recipientRun.y, recipientRun.hhK)).toThrow(problem("failed"));
    expect(() => recipientRun.confirm("A".repeat(43))).toThrow(problem("failed"));
    const [, , nS] = draws;
    expect(nS).toEqual(new Uint8Array(32));
    senderRun.end();
    recipientRun.end();
  });

  test("and is not harmed by being ended when it is over", async () => {
    const { senderRun, recipientRun } = await round("ristretto255");
    const sender = senderRun.finish(recipientRun.y, recipientRun.hhK);
    const recipient = recipientRun.confirm(sender.hK);
    senderRun.end();
    recipientRun.end();
    expect(recipient.sasFor(present(sender.sasNonce))).toBe(sender.sas);
  });

  test("after a failure, even with what would have been right", async () => {
    const { senderRun, recipientRun } = await round("ristretto255");
    expect(() => senderRun.finish("not a share", recipientRun.hhK)).toThrow(problem("wrong_code"));
    expect(() => senderRun.finish(recipientRun.y, recipientRun.hhK)).toThrow(problem("failed"));
    const fresh = await round("ristretto255");
    const { hK } = fresh.senderRun.finish(fresh.recipientRun.y, fresh.recipientRun.hhK);
    expect(() => fresh.recipientRun.confirm("A".repeat(43))).toThrow(problem("wrong_code"));
    expect(() => fresh.recipientRun.confirm(hK)).toThrow(problem("failed"));
  });
});

describe("rule 5: secrets stay inside", () => {
  test("neither a run nor a session shows more than what is public", async () => {
    const { senderRun, recipientRun } = await round("ristretto255+mlkem768");
    const shown = (value: unknown): string =>
      `${inspect(value, { depth: 9, showHidden: true, maxArrayLength: 9999 })} ${JSON.stringify(value)}`;
    expect(Object.keys(senderRun)).toEqual(["x", "curve"]);
    expect(Object.keys(recipientRun)).toEqual(["y", "hhK"]);
    expect(shown(senderRun) + shown(recipientRun)).not.toMatch(/cactus|Uint8Array/);
    const session = senderRun.finish(recipientRun.y, recipientRun.hhK);
    expect(Object.keys(session).toSorted()).toEqual([
      "chunk",
      "hK",
      "keys",
      "role",
      "sas",
      "sasFor",
      "sasNonce",
      "version",
    ]);
    expect(`${String(session.keys.s2r)} ${shown(session.keys)}`).not.toContain(hex(session.keys.s2r.reveal()));
    expect(shown(session.keys)).toContain("[secret]");
  });

  test("K, ISK and ML-KEM's secret are overwritten when k is there", async () => {
    const preparation = await prepare({ ...CODE, curve: "ristretto255" });
    const sharedPoint = new Uint8Array(32).fill(7);
    const ss = new Uint8Array(32).fill(8);
    const empty = new Uint8Array(0);
    // Only the bytes matter here, not that they are a share.
    const text = "A" as Awaited<ReturnType<typeof startSender>>["x"];
    const x = {
      text,
      bytes: empty,
      sid: empty,
      ya: empty,
      ada: empty,
      ek: empty,
      commitment: empty,
      capabilities: empty,
    };
    const y = { text, bytes: empty, yb: empty, adb: empty, ct: empty, capabilities: empty };
    const k = deriveKey(preparation, { x, y, sharedPoint, ss });
    expect(k).toHaveLength(32);
    expect([...sharedPoint, ...ss].every((byte) => byte === 0)).toBe(true);
  });

  test("what was drawn is overwritten, but for what has to be sent", async () => {
    const drawn: Uint8Array[] = [];
    const draw = repeatable("wiped");
    const random = (length: number): Uint8Array => {
      const fresh = draw(length);
      drawn.push(fresh);
      return fresh;
    };
    const { senderRun } = await round("ristretto255+mlkem768", { random }, { random });
    const [sid, ya, nS, kemSeed, yb, m] = drawn;
    expect(drawn.map(({ length }) => length)).toEqual([16, 48, 32, 64, 48, 32]);
    for (const secret of [ya, kemSeed, yb, m]) expect(secret?.every((byte) => byte === 0)).toBe(true);
    for (const needed of [sid, nS]) expect(needed?.every((byte) => byte === 0)).toBe(false);
    expect(senderRun.x).toBeDefined();
  });
});

describe("rule 8: the digits", () => {
  test("another nS than the one committed to in x is interference", async () => {
    const { sender, recipient } = await agreedRound();
    const nS = sender.sasNonce ?? new Uint8Array(0);
    for (let bit = 0; bit < nS.length * 8; bit++) {
      const other = nS.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      expect(() => recipient.sasFor(other)).toThrow(problem("interfered"));
    }
    expect(() => recipient.sasFor(new Uint8Array(0))).toThrow(problem("interfered"));
    expect(recipient.sasFor(nS)).toBe(sender.sas);
  });

  test("only the sender has nS and the digits before the hello", async () => {
    const { sender, recipient } = await agreedRound();
    expect(sender.sasNonce).toHaveLength(32);
    expect("sas" in recipient || "sasNonce" in recipient).toBe(false);
  });
});

describe("versions and chunk", () => {
  test("the smaller chunk and the highest common version are agreed on", async () => {
    const { senderRun, recipientRun } = await round(
      "ristretto255",
      { chunk: 65_536, versions: [1, 2, 5] },
      { chunk: 16_384, versions: [5, 1, 9] },
    );
    const sender = senderRun.finish(recipientRun.y, recipientRun.hhK);
    const recipient = recipientRun.confirm(sender.hK);
    expect([sender.chunk, sender.version]).toEqual([16_384, 5]);
    expect([recipient.chunk, recipient.version]).toEqual([16_384, 5]);
  });

  test("without a common version the error says which side must update", async () => {
    const newer = await round("ristretto255", { versions: [1] }, { versions: [2, 3] });
    const here = thrown(() => newer.senderRun.finish(newer.recipientRun.y, newer.recipientRun.hhK));
    expect([here.code, here.extensions]).toEqual(["unsupported", { update: "this side" }]);
    expect(here.hint).toContain("on this side");
    const older = await round("ristretto255", { versions: [2] }, { versions: [1] });
    const there = thrown(() => older.senderRun.finish(older.recipientRun.y, older.recipientRun.hhK));
    expect([there.code, there.extensions]).toEqual(["unsupported", { update: "other side" }]);
    expect(there.hint).toContain("on the other side");
  });

  test("they are not looked at when the words differ: that is a wrong code, whatever the version", async () => {
    const { senderRun, recipientRun } = await round(
      "ristretto255",
      { versions: [1] },
      { ...OTHER_CODE, versions: [2] },
    );
    expect(() => senderRun.finish(recipientRun.y, recipientRun.hhK)).toThrow(problem("wrong_code"));
  });

  test.each([0, 1, 8192, 16_385, 3 * 16_384, 16_777_216, 2.5, Number.NaN])(
    "a chunk of %d is not offered",
    async (chunk) => {
      await expect(startSender({ ...CODE, curve: "ristretto255", chunk })).rejects.toThrow(RangeError);
    },
  );

  test.each([[[]], [[-1]], [[1.5]], [Array.from({ length: 600 }, (_, i) => i)]])(
    "versions that no peer would take are not offered",
    async (versions) => {
      await expect(startSender({ ...CODE, curve: "ristretto255", versions })).rejects.toThrow(RangeError);
    },
  );
});

test("text of any kind in place of a share or tag is a wrong code, never another error", async () => {
  const { x } = await startSender({ ...CODE, curve: "ristretto255" });
  const texts = [
    "",
    "A",
    "====",
    "\u0000",
    "\ud800",
    "x".repeat(5000),
    `${x}A`,
    x.slice(1),
    toBase64Url(new Uint8Array(100)),
  ];
  for (const text of texts) {
    await expect(startRecipient({ ...CODE, curve: "ristretto255", x: text })).rejects.toThrow(problem("wrong_code"));
    const asY = await round("ristretto255");
    expect(() => asY.senderRun.finish(text, asY.recipientRun.hhK)).toThrow(problem("wrong_code"));
    const asTag = await round("ristretto255");
    expect(() => asTag.senderRun.finish(asTag.recipientRun.y, text)).toThrow(problem("wrong_code"));
    expect(() => asTag.recipientRun.confirm(text)).toThrow(DuetError);
  }
});

test("a custom secret and the longest channel work like words", async () => {
  const { channel, secret } = parseCode(`${"z".repeat(64)}-h\u00fchnerei 7`);
  expect(isChannelName(channel)).toBe(true);
  const { sender, recipient } = await agreedRound("ristretto255", { channel, secret });
  expect(recipient.hK).toBe(sender.hK);
});
