/** What happens to shares, tags and capabilities that were changed on their way, or made by a peer that lies. */
import { describe, expect, test } from "vitest";
import { fromBase64Url, toBase64Url } from "../../src/protocol/base64url.js";
import { utf8 } from "../../src/protocol/bytes.js";
import { startRecipient, startSender } from "../../src/protocol/handshake.js";
import { DuetError } from "../../src/protocol/problem.js";
import { checkTag } from "../../src/protocol/run.js";
import { SUITE_NAMES, type SuiteName } from "../../src/protocol/suite-names.js";
import { loadSuite } from "../../src/protocol/suites.js";
import { leb128, lv, reference, type Secrets } from "./reference.js";
import { CODE, flipped, outcome, present, problem, repeatable, round, scripted, unhex, vectors } from "./support.js";

const decoded = (share: string): Uint8Array => present(fromBase64Url(share));
const randomOf = (label: string) => ({ random: repeatable(label) });

/** @returns what a sender says to an answer */
async function senderSays(curve: SuiteName, y: string, hhK: string) {
  const sender = await startSender({ ...CODE, curve, ...randomOf("sender") });
  return outcome(() => sender.finish(y, hhK));
}

/** What comes of an x that reached the recipient changed: refused there, or else by the sender. */
async function fateOfX(curve: SuiteName, x: Uint8Array) {
  try {
    const recipient = await startRecipient({ ...CODE, curve, ...randomOf("recipient"), x: toBase64Url(x) });
    return await senderSays(curve, recipient.y, recipient.hhK);
  } catch (error) {
    if (error instanceof DuetError) return error.code;
    throw error;
  }
}

/** Every bit of the bytes from `start` to `end`, or one bit of each `step`th byte. */
function bitsOf(start: number, end: number, step?: number): number[] {
  const bits = Array.from({ length: (end - start) * 8 }, (_, i) => start * 8 + i);
  return step === undefined ? bits : bits.filter((bit) => (bit >> 3) % step === 0 && (bit & 7) === (bit >> 3) % 8);
}

describe("any bit changed is a wrong code", () => {
  test("in every byte of x, in every bit of its lengths and of the share, with ristretto255", async () => {
    const { senderRun } = await round("ristretto255", randomOf("sender"), randomOf("recipient"));
    const x = decoded(senderRun.x);
    // lv(sid) is 17 bytes, lv(Ya) 33, then the length of ADa, and in it the length of ek and of the commitment.
    const bits = new Set([
      ...bitsOf(0, 1),
      ...bitsOf(17, 50),
      ...bitsOf(50, 53),
      ...bitsOf(85, 86),
      ...bitsOf(0, x.length, 1),
    ]);
    for (const bit of bits) expect(await fateOfX("ristretto255", flipped(x, bit)), `bit ${bit}`).toBe("wrong_code");
    expect(await fateOfX("ristretto255", x)).toMatchObject({ role: "sender" });
  });

  test("in every byte of y, in every bit of its lengths and of the share, with ristretto255", async () => {
    const { recipientRun } = await round("ristretto255", randomOf("sender"), randomOf("recipient"));
    const y = decoded(recipientRun.y);
    const bits = new Set([...bitsOf(0, 35), ...bitsOf(0, y.length, 1)]);
    for (const bit of bits) {
      const fate = await senderSays("ristretto255", toBase64Url(flipped(y, bit)), recipientRun.hhK);
      expect(fate, `bit ${bit}`).toBe("wrong_code");
    }
    expect(await senderSays("ristretto255", recipientRun.y, recipientRun.hhK)).toMatchObject({ role: "sender" });
  });

  test.each(["p256", "p384", "p521"] as const)(
    "in the first byte of a share and here and there in it, with %s",
    async (curve) => {
      const { senderRun, recipientRun } = await round(curve, randomOf("sender"), randomOf("recipient"));
      const [x, y] = [decoded(senderRun.x), decoded(recipientRun.y)];
      const shareAt = { x: x.length - 1, y: y.length - 1 };
      const { shareBytes } = (await loadSuite(curve)).group;
      // The share stands behind sid and its length in x, first in y; a length over 127 takes two bytes.
      const prefix = shareBytes > 127 ? 2 : 1;
      shareAt.x = 17 + prefix;
      shareAt.y = prefix;
      const spread = (start: number): number[] => [
        ...bitsOf(start, start + 1),
        ...bitsOf(start + 1, start + shareBytes, 16),
      ];
      for (const bit of spread(shareAt.x)) expect(await fateOfX(curve, flipped(x, bit)), `x ${bit}`).toBe("wrong_code");
      for (const bit of spread(shareAt.y)) {
        expect(await senderSays(curve, toBase64Url(flipped(y, bit)), recipientRun.hhK), `y ${bit}`).toBe("wrong_code");
      }
    },
  );

  test("here and there in the keys and ciphertexts of ML-KEM", async () => {
    const curve = "ristretto255+mlkem768";
    const { senderRun, recipientRun } = await round(curve, randomOf("sender"), randomOf("recipient"));
    const [x, y] = [decoded(senderRun.x), decoded(recipientRun.y)];
    for (const bit of bitsOf(54, 54 + 1184, 61))
      expect(await fateOfX(curve, flipped(x, bit)), `x ${bit}`).toBe("wrong_code");
    for (const bit of bitsOf(37, 37 + 1088, 61)) {
      expect(await senderSays(curve, toBase64Url(flipped(y, bit)), recipientRun.hhK), `y ${bit}`).toBe("wrong_code");
    }
  });

  test("in either tag", async () => {
    const tag = repeatable("tag")(32);
    for (const bit of bitsOf(0, 32))
      expect(() => checkTag(toBase64Url(flipped(tag, bit)), tag)).toThrow(problem("wrong_code"));
    expect(outcome(() => checkTag(toBase64Url(tag), tag))).toBeUndefined();

    const { senderRun, recipientRun } = await round("ristretto255", randomOf("sender"), randomOf("recipient"));
    const { hK } = senderRun.finish(recipientRun.y, recipientRun.hhK);
    for (const bit of bitsOf(0, 32, 3)) {
      expect(
        await senderSays("ristretto255", recipientRun.y, toBase64Url(flipped(decoded(recipientRun.hhK), bit))),
      ).toBe("wrong_code");
      const again = await startRecipient({ ...CODE, curve: "ristretto255", ...randomOf("recipient"), x: senderRun.x });
      expect(() => again.confirm(toBase64Url(flipped(decoded(hK), bit)))).toThrow(problem("wrong_code"));
    }
  });
});

describe("a spelling of its own is a wrong code, though the bytes are right", () => {
  test("in x, y, hh_k and h_k", async () => {
    const { senderRun, recipientRun } = await round("ristretto255", randomOf("sender"), randomOf("recipient"));
    const { hK } = senderRun.finish(recipientRun.y, recipientRun.hhK);
    const spellings = (text: string): string[] => [`${text}=`, `${text} `, ` ${text}`, `${text}\n`, `${text}A`];
    for (const x of spellings(senderRun.x)) {
      await expect(startRecipient({ ...CODE, curve: "ristretto255", x })).rejects.toThrow(problem("wrong_code"));
    }
    for (const y of spellings(recipientRun.y))
      expect(await senderSays("ristretto255", y, recipientRun.hhK)).toBe("wrong_code");
    // 43 characters hold 258 bits: the last one has two that must be zero.
    const sibling = (text: string): string =>
      text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + 1);
    expect(Buffer.from(sibling(hK), "base64url")).toEqual(Buffer.from(hK, "base64url"));
    for (const tag of [...spellings(recipientRun.hhK), sibling(recipientRun.hhK)]) {
      expect(await senderSays("ristretto255", recipientRun.y, tag)).toBe("wrong_code");
    }
    for (const tag of [...spellings(hK), sibling(hK)]) {
      const again = await startRecipient({ ...CODE, curve: "ristretto255", ...randomOf("recipient"), x: senderRun.x });
      expect(() => again.confirm(tag)).toThrow(problem("wrong_code"));
    }
  });
});

/** Both sides' secrets, so that either can be played by a peer that lies. */
function secretsOf(curve: SuiteName): Secrets {
  const draw = repeatable(`secrets of ${curve}`);
  const scalarBytes = { p384: 72, p521: 99 }[curve.replace("+mlkem768", "")] ?? 48;
  const isHybrid = curve.endsWith("+mlkem768");
  return {
    ...{ curve, channel: "4821", words: "cactus-lemon-violin", sid: draw(16), nS: draw(32) },
    ...{ yaSeed: draw(scalarBytes), ybSeed: draw(scalarBytes) },
    ...(isHybrid ? { kemSeed: draw(64), kemMessage: draw(32) } : {}),
    ...{ capsA: '{"v":[1],"chunk":1048576}', capsB: '{"v":[1],"chunk":1048576}' },
  };
}

const drawsOf = (...draws: readonly (Uint8Array | undefined)[]) => ({
  random: scripted(draws.filter((draw) => draw !== undefined)),
});
const senderOf = ({ curve, sid, yaSeed, nS, kemSeed }: Secrets) =>
  startSender({ ...CODE, curve: curve as SuiteName, ...drawsOf(sid, yaSeed, nS, kemSeed) });
const recipientOf = ({ curve, ybSeed, kemMessage }: Secrets, x: string) =>
  startRecipient({ ...CODE, curve: curve as SuiteName, ...drawsOf(ybSeed, kemMessage), x });

describe("rule 1: the form of x", () => {
  const s = secretsOf("ristretto255");
  const { Ya, commitment, ADa, x } = reference(s);
  const { sid, capsA } = s;
  const ada = lv("", commitment, capsA);
  const long = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from([bytes.length | 0x80, 0]), bytes]);

  test("as it should be, it is taken", async () => {
    expect(toBase64Url(lv(sid, Ya, ADa))).toBe(x);
    await expect(recipientOf(s, x)).resolves.toBeDefined();
  });

  test.each([
    ["two parts", lv(sid, Ya)],
    ["four parts", lv(sid, Ya, ada, "")],
    ["something behind it", Buffer.concat([lv(sid, Ya, ada), Buffer.alloc(1)])],
    ["a sid of 15 bytes", lv(sid.subarray(1), Ya, ada)],
    ["a sid of 17 bytes", lv(Buffer.concat([sid, sid.subarray(0, 1)]), Ya, ada)],
    ["no sid", lv("", Ya, ada)],
    ["a share of 31 bytes", lv(sid, Ya.subarray(1), ada)],
    ["a share of 33 bytes", lv(sid, Buffer.concat([Ya, Buffer.alloc(1)]), ada)],
    ["no share", lv(sid, "", ada)],
    ["the identity as its share", lv(sid, new Uint8Array(32), ada)],
    ["a share that is not reduced", lv(sid, unhex(`ed${"ff".repeat(30)}7f`), ada)],
    ["two parts in ADa", lv(sid, Ya, lv("", commitment))],
    ["four parts in ADa", lv(sid, Ya, lv("", commitment, capsA, ""))],
    ["something behind the parts of ADa", lv(sid, Ya, Buffer.concat([ada, Buffer.alloc(1)]))],
    ["an empty ADa", lv(sid, Ya, "")],
    ["an ML-KEM key that the suite has not", lv(sid, Ya, lv(new Uint8Array(1184), commitment, capsA))],
    ["a commitment of 31 bytes", lv(sid, Ya, lv("", commitment.subarray(1), capsA))],
    ["a commitment of 33 bytes", lv(sid, Ya, lv("", Buffer.concat([commitment, commitment.subarray(1, 2)]), capsA))],
    ["no commitment", lv(sid, Ya, lv("", "", capsA))],
    ["capabilities of 1025 bytes", lv(sid, Ya, lv("", commitment, capsA.padEnd(1025)))],
    ["a length in more bytes than it needs", Buffer.concat([long(sid), lv(Ya, ada)])],
    ["the same inside of ADa", lv(sid, Ya, Buffer.concat([Buffer.from([0x80, 0]), lv(commitment, capsA)]))],
    ["a length of four bytes", Buffer.concat([Buffer.from([0x90, 0x80, 0x80, 0x00]), sid, lv(Ya, ada)])],
    ["nothing", Buffer.alloc(0)],
  ])("%s: a wrong code", async (_what, bytes) => {
    await expect(recipientOf(s, toBase64Url(bytes))).rejects.toThrow(problem("wrong_code"));
  });

  test("a text of more than 4096 characters is a wrong code, whatever it holds", async () => {
    await expect(recipientOf(s, toBase64Url(lv(sid, Ya, lv("", commitment, capsA.padEnd(3000)))))).rejects.toThrow(
      problem("wrong_code"),
    );
    await expect(recipientOf(s, "A".repeat(4097))).rejects.toThrow(problem("wrong_code"));
  });

  test("lengths in LEB128 are what the reference writes", () => {
    expect([leb128(0), leb128(127), leb128(128), leb128(1184)].map((bytes) => bytes.toString("hex"))).toEqual([
      "00",
      "7f",
      "8001",
      "a009",
    ]);
  });
});

describe("rule 1: the form of y", () => {
  const s = secretsOf("ristretto255");
  const { Yb, ADb, x, y, hh_k } = reference(s);
  const adb = lv("", s.capsB);

  async function answer(bytes: Uint8Array) {
    const sender = await senderOf(s);
    expect(sender.x).toBe(x);
    return outcome(() => sender.finish(toBase64Url(bytes), hh_k));
  }

  test("as it should be, it is taken", async () => {
    expect(toBase64Url(lv(Yb, ADb))).toBe(y);
    expect(await answer(lv(Yb, adb))).toMatchObject({ role: "sender" });
  });

  test.each([
    ["one part", lv(Yb)],
    ["three parts", lv(Yb, adb, "")],
    ["something behind it", Buffer.concat([lv(Yb, adb), Buffer.alloc(1)])],
    ["a share of 31 bytes", lv(Yb.subarray(1), adb)],
    ["a share of 33 bytes", lv(Buffer.concat([Yb, Buffer.alloc(1)]), adb)],
    ["no share", lv("", adb)],
    ["the identity as its share", lv(new Uint8Array(32), adb)],
    ["one part in ADb", lv(Yb, lv(""))],
    ["three parts in ADb", lv(Yb, lv("", s.capsB, ""))],
    ["something behind the parts of ADb", lv(Yb, Buffer.concat([adb, Buffer.alloc(1)]))],
    ["a ciphertext that the suite has not", lv(Yb, lv(new Uint8Array(1088), s.capsB))],
    ["capabilities of 1025 bytes", lv(Yb, lv("", s.capsB.padEnd(1025)))],
    ["nothing", Buffer.alloc(0)],
  ])("%s: a wrong code", async (_what, bytes) => {
    expect(await answer(bytes)).toBe("wrong_code");
  });
});

describe("rule 1: the parts of ML-KEM", () => {
  const s = secretsOf("ristretto255+mlkem768");
  const { Ya, Yb, ek, ct, commitment, x, y, hh_k } = reference(s);
  const withKey = (key: Uint8Array | string): string => toBase64Url(lv(s.sid, Ya, lv(key, commitment, s.capsA)));
  const withCiphertext = (ciphertext: Uint8Array | string): string => toBase64Url(lv(Yb, lv(ciphertext, s.capsB)));

  test.each([
    ["no key", ""],
    ["a key of 1183 bytes", ek.slice(1)],
    ["a key of 1185 bytes", Buffer.concat([ek, Buffer.alloc(1)])],
    ["a key with a coefficient over the modulus", ek.map((byte, at) => (at < 2 ? 0xff : byte))],
  ])("%s: a wrong code", async (_what, key) => {
    await expect(recipientOf(s, withKey(key))).rejects.toThrow(problem("wrong_code"));
  });

  test("every key of Wycheproof that overflows the modulus is a wrong code", async () => {
    const { mlkem_768_encaps_test: cases } = vectors("mlkem768-wycheproof-subset.json") as {
      readonly mlkem_768_encaps_test: readonly { readonly ek: string; readonly result: string }[];
    };
    const invalid = cases.filter(({ result }) => result === "invalid");
    expect(invalid.length).toBeGreaterThan(3);
    for (const each of invalid)
      await expect(recipientOf(s, withKey(unhex(each.ek)))).rejects.toThrow(problem("wrong_code"));
  });

  test.each([
    ["no ciphertext", ""],
    ["a ciphertext of 1087 bytes", ct.slice(1)],
    ["a ciphertext of 1089 bytes", Buffer.concat([ct, Buffer.alloc(1)])],
    ["a ciphertext of zeros, which decapsulates to another secret", new Uint8Array(1088)],
  ])("%s: a wrong code", async (_what, ciphertext) => {
    const sender = await senderOf(s);
    expect(sender.x).toBe(x);
    expect(() => sender.finish(withCiphertext(ciphertext), hh_k)).toThrow(problem("wrong_code"));
  });

  test("the right one is taken", async () => {
    const sender = await senderOf(s);
    expect(withCiphertext(ct)).toBe(y);
    expect(sender.finish(y, hh_k).role).toBe("sender");
  });
});

test.each(SUITE_NAMES)(
  "rule 3: %s: the sender's own share played back is a wrong code, the tag being right",
  async (curve) => {
    // The same scalar on both sides, so that Yb is Ya and everything that follows would match.
    const s = { ...secretsOf(curve), ybSeed: secretsOf(curve).yaSeed };
    const { x, y, hh_k, Ya, Yb } = reference(s);
    expect(Yb).toEqual(Ya);
    const sender = await senderOf(s);
    expect(sender.x).toBe(x);
    expect(() => sender.finish(y, hh_k)).toThrow(problem("wrong_code"));
  },
);

describe("capabilities of a peer that knows the words", () => {
  const bad = [
    ["no versions", "{}"],
    ["an empty list of versions", '{"v":[]}'],
    ["a version that is no integer", '{"v":[1.5]}'],
    ["a version that is a text", '{"v":["1"]}'],
    ["versions that are no list", '{"v":1}'],
    ["a chunk below the least", '{"v":[1],"chunk":8192}'],
    ["a chunk above the most", '{"v":[1],"chunk":16777216}'],
    ["a chunk that is no power of two", '{"v":[1],"chunk":100000}'],
    ["a chunk that is null", '{"v":[1],"chunk":null}'],
    ["a key twice", '{"v":[1],"v":[1]}'],
    ["a BOM", '\ufeff{"v":[1]}'],
    ["a list", "[1]"],
    ["nothing", ""],
    ["something behind it", '{"v":[1]}\u0000'],
  ] as const;

  test.each(bad)("%s: the sender says unsupported", async (_what, capsB) => {
    const s = { ...secretsOf("ristretto255"), capsB };
    const { y, hh_k } = reference(s);
    const sender = await senderOf(s);
    expect(() => sender.finish(y, hh_k)).toThrow(problem("unsupported"));
  });

  test.each(bad)("%s: the recipient says unsupported", async (_what, capsA) => {
    const s = { ...secretsOf("ristretto255"), capsA };
    const { x, h_k } = reference(s);
    const recipient = await recipientOf(s, x);
    expect(() => recipient.confirm(h_k)).toThrow(problem("unsupported"));
  });

  test.each([
    ["other versions too", '{"v":[1,2,99]}', 1_048_576],
    ["keys that nobody knows", '{"x":{"v":[0]},"v":[1],"chunk":16384,"chunks":null}', 16_384],
    ["space and another order", ' { "chunk" : 8388608,\n"v":[1] } ', 1_048_576],
    ["1024 bytes", '{"v":[1]}'.padEnd(1024), 1_048_576],
  ])("%s: both sides take them as they came", async (_what, caps, chunk) => {
    const s = { ...secretsOf("ristretto255"), capsA: caps, capsB: caps };
    const { x, h_k } = reference(s);
    const recipient = await recipientOf({ ...s }, x);
    // Our recipient's own bytes are the usual ones, so the tag is that of a round with them.
    const expected = reference({ ...s, capsB: '{"v":[1],"chunk":1048576}' });
    expect(recipient.y).toBe(expected.y);
    expect(recipient.confirm(expected.h_k)).toMatchObject({ chunk, version: 1 });
    expect(h_k).not.toBe(expected.h_k);
    const own = { ...s, capsA: '{"v":[1],"chunk":1048576}' };
    const answer = reference(own);
    expect((await senderOf(own)).finish(answer.y, answer.hh_k)).toMatchObject({ chunk, version: 1 });
  });

  test("a recipient that is too new for the sender is named by both", async () => {
    const newer = { ...secretsOf("ristretto255"), capsB: '{"v":[2]}' };
    const answer = reference(newer);
    const sender = await senderOf(newer);
    expect(() => sender.finish(answer.y, answer.hh_k)).toThrow(
      problem("unsupported", { extensions: { update: "this side" } }),
    );
    const older = { ...secretsOf("ristretto255"), capsA: '{"v":[0]}' };
    const offer = reference(older);
    const recipient = await recipientOf(older, offer.x);
    expect(() => recipient.confirm(offer.h_k)).toThrow(
      problem("unsupported", { extensions: { update: "other side" } }),
    );
  });

  test("the bytes are what is bound, not what they mean", async () => {
    const s = secretsOf("ristretto255");
    const { y, hh_k } = reference({ ...s, capsB: '{"v":[1], "chunk":1048576}' });
    const spaceless = toBase64Url(lv(reference(s).Yb, lv("", utf8(s.capsB))));
    const sender = await senderOf(s);
    expect(spaceless).not.toBe(y);
    expect(() => sender.finish(spaceless, hh_k)).toThrow(problem("wrong_code"));
  });
});
