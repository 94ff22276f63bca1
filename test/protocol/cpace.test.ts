import { describe, expect, test } from "vitest";
import { concat, hex } from "../../src/protocol/bytes.js";
import {
  calculateGenerator,
  generatorString,
  intermediateSessionKey,
  scalarMultVfy,
} from "../../src/protocol/cpace.js";
import { lv } from "../../src/protocol/lv.js";
import type { SuiteName } from "../../src/protocol/suite-names.js";
import { loadSuite } from "../../src/protocol/suites.js";
import { present, unhex, vectors } from "./support.js";

interface Exchange {
  readonly PRS: string;
  readonly CI: string;
  readonly sid: string;
  readonly g: string;
  readonly ya: string;
  readonly ADa: string;
  readonly Ya: string;
  readonly yb: string;
  readonly ADb: string;
  readonly Yb: string;
  readonly K: string;
  readonly ISK_IR: string;
}

interface Points {
  readonly Valid: Readonly<Record<string, string>>;
  readonly "Invalid Y1": string;
  readonly "Invalid Y2": string;
}

interface Draft {
  readonly vectors: Readonly<Record<string, Exchange & Points>>;
  readonly generator_strings: readonly Readonly<Record<string, string>>[];
  readonly string_functions: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const draft18 = vectors("cpace-draft-18.json") as Draft;
const draft21 = vectors("cpace-draft-21.json") as Draft;

/** The draft's name of each group, and how it writes scalars. */
const GROUPS = [
  ["ristretto255", "G_Coffee25519", "little-endian"],
  ["p256", "G_NistP256", "big-endian"],
  ["p384", "G_NistP384", "big-endian"],
  ["p521", "G_NistP521", "big-endian"],
] as const satisfies readonly (readonly [SuiteName, string, string])[];

function scalarOf(text: string, endian: "little-endian" | "big-endian"): bigint {
  const scalar = unhex(text);
  return BigInt(`0x${hex(endian === "little-endian" ? scalar.toReversed() : scalar)}`);
}

describe.each([
  ["draft 21", draft21],
  ["draft 18", draft18],
])("CPace %s", (_draft, { vectors: all }) => {
  test.each(GROUPS)("%s: generator, shares, K and ISK are the official ones", async (name, group, endian) => {
    const suite = await loadSuite(name);
    const official = present(all[group]);
    const [prs, ci, sid, ada, adb] = [official.PRS, official.CI, official.sid, official.ADa, official.ADb].map(unhex);
    if (!prs || !ci || !sid || !ada || !adb) throw new Error("not in the vectors");
    const [ya, yb] = [scalarOf(official.ya, endian), scalarOf(official.yb, endian)];

    const g = calculateGenerator(suite.group, prs, ci, sid);
    expect(g && hex(g.toShare())).toBe(official.g.toLowerCase());

    const shareA = present(g?.multiply(ya)?.toShare());
    const shareB = present(g?.multiply(yb)?.toShare());
    expect(hex(shareA)).toBe(official.Ya.toLowerCase());
    expect(hex(shareB)).toBe(official.Yb.toLowerCase());

    const kOfA = present(scalarMultVfy(suite.group, ya, shareB));
    const kOfB = present(scalarMultVfy(suite.group, yb, shareA));
    expect(hex(kOfA)).toBe(official.K.toLowerCase());
    expect(kOfB).toEqual(kOfA);

    const isk = intermediateSessionKey(suite.group, { sid, ya: shareA, ada, yb: shareB, adb }, kOfA);
    expect(hex(isk)).toBe(official.ISK_IR.toLowerCase());
  });
});

describe("the points of draft 21", () => {
  test.each(GROUPS)(
    "%s: scalar_mult_vfy of the valid point, and refusal of the others",
    async (name, group, endian) => {
      const { group: own } = await loadSuite(name);
      const {
        Valid: valid,
        "Invalid Y1": invalid1,
        "Invalid Y2": invalid2,
      } = present(draft21.vectors[`${group}_points`]);
      const s = scalarOf(present(valid["s"]), endian);
      const expected = present(Object.entries(valid).find(([title]) => title.startsWith("G.scalar_mult_vfy")))[1];
      const k = scalarMultVfy(own, s, unhex(present(valid["X"])));
      expect(k && hex(k)).toBe(expected.toLowerCase());
      expect(scalarMultVfy(own, s, unhex(invalid1))).toBeUndefined();
      expect(scalarMultVfy(own, s, unhex(invalid2))).toBeUndefined();
    },
  );
});

describe("the strings of draft 21", () => {
  const own = draft21.generator_strings.filter(({ DSI }) =>
    [
      "CPaceRistretto255",
      "CPaceP256_XMD:SHA-256_SSWU_NU_",
      "CPaceP384_XMD:SHA-384_SSWU_NU_",
      "CPaceP521_XMD:SHA-512_SSWU_NU_",
    ].includes(Buffer.from(present(DSI), "hex").toString()),
  );

  test("all four groups have a generator string", () => {
    expect(own).toHaveLength(4);
  });

  test.each(own.map((strings) => [Buffer.from(present(strings["DSI"]), "hex").toString(), strings] as const))(
    "generator_string of %s",
    async (dsi, strings) => {
      const suites = await Promise.all(GROUPS.map(([name]) => loadSuite(name)));
      const { group } = present(suites.find((suite) => suite.group.dsi === dsi));
      const [prs, ci, sid] = [strings["PRS"], strings["CI"], strings["sid"]].map((text) => unhex(present(text)));
      const expected = present(Object.entries(strings).find(([title]) => title.startsWith("generator_string(")))[1];
      expect(String(group.blockBytes)).toBe(String(strings["H.s_in_bytes"]));
      expect(hex(generatorString(group, present(prs), present(ci), present(sid)))).toBe(expected.toLowerCase());
    },
  );

  test("no zeros are added when the words already fill the block", async () => {
    const { group } = await loadSuite("p256");
    const long = new Uint8Array(100).fill(0x61);
    const sid = new Uint8Array(16);
    expect(generatorString(group, long, sid, sid)).toEqual(
      lv(new TextEncoder().encode(group.dsi), long, new Uint8Array(0), sid, sid),
    );
  });

  test("prepend_len, lv_cat and transcript_ir", () => {
    const strings = draft21.string_functions;
    expect(hex(lv(new Uint8Array(0)))).toBe(strings["prepend_len"]?.["prepend_len(b'')"]);
    expect(hex(lv(Buffer.from("1234")))).toBe(strings["prepend_len"]?.["prepend_len(b'1234')"]);
    for (const length of [127, 128]) {
      const range = Uint8Array.from({ length }, (_, i) => i);
      expect(hex(lv(range)).toUpperCase()).toBe(strings["prepend_len"]?.[`prepend_len(bytes(range(${length})))`]);
    }
    const parts = ["1234", "5", "", "678"].map((text) => Buffer.from(text));
    expect(hex(lv(...parts)).toUpperCase()).toBe(strings["lv_cat"]?.["lv_cat(b'1234',b'5',b'',b'678')"]);
    const transcript = (ya: string, ada: string, yb: string, adb: string): string =>
      hex(concat(lv(Buffer.from(ya), Buffer.from(ada)), lv(Buffer.from(yb), Buffer.from(adb)))).toUpperCase();
    expect(transcript("123", "PartyA", "234", "PartyB")).toBe(
      strings["transcript_ir"]?.["transcript_ir(b'123',b'PartyA',b'234',b'PartyB')"],
    );
    expect(transcript("3456", "PartyA", "2345", "PartyB")).toBe(
      strings["transcript_ir"]?.["transcript_ir(b'3456',b'PartyA',b'2345',b'PartyB')"],
    );
  });
});

describe("shares that are no points", () => {
  /** The field's prime of each NIST curve, big-endian. */
  const PRIMES = {
    p256: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
    p384: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
    p521: `01ff${"ff".repeat(64)}`,
  } as const;

  test("ristretto255: the identity, which decodes without an error, is refused", async () => {
    const { group } = await loadSuite("ristretto255");
    expect(group.fromShare(new Uint8Array(32))).toBeUndefined();
  });

  test.each([
    ["a field element that is not reduced", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"],
    ["the same point with the top bit set", "2c3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a59c"],
    ["a negative field element", "0100000000000000000000000000000000000000000000000000000000000000"],
    ["31 bytes", "2c3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a5"],
    ["33 bytes", "2c3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c00"],
  ])("ristretto255: %s is refused", async (_what, share) => {
    const { group } = await loadSuite("ristretto255");
    expect(group.fromShare(unhex(share))).toBeUndefined();
  });

  test.each(["p256", "p384", "p521"] as const)(
    "%s: other forms, points off the curve and the point at infinity are refused",
    async (name) => {
      const { group } = await loadSuite(name);
      const point = present(group.generator(new Uint8Array(1))).toShare();
      const coordinate = (point.length - 1) / 2;
      const x = point.subarray(1, 1 + coordinate);
      const y = point.subarray(1 + coordinate);
      const sign = 2 + ((y.at(-1) ?? 0) & 1);
      const prime = unhex(PRIMES[name]);
      expect(group.fromShare(point)?.toShare()).toEqual(point);
      const refused = {
        compressed: concat(Uint8Array.of(sign), x),
        hybrid: concat(Uint8Array.of(sign + 4), x, y),
        "without its first byte": concat(x, y),
        "with a byte more": concat(point, Uint8Array.of(0)),
        infinity: Uint8Array.of(0),
        "infinity at full length": new Uint8Array(point.length),
        "infinity as 04": concat(Uint8Array.of(4), new Uint8Array(2 * coordinate)),
        "x and y exchanged": concat(Uint8Array.of(4), y, x),
        "x not below the prime": concat(Uint8Array.of(4), prime, y),
        "y not below the prime": concat(Uint8Array.of(4), x, prime),
        empty: new Uint8Array(0),
      };
      for (const [what, share] of Object.entries(refused)) expect(group.fromShare(share), what).toBeUndefined();
    },
  );

  test.each(["ristretto255", "p256", "p384", "p521"] as const)(
    "%s: scalars are from 1 to order-1, whatever the seed",
    async (name) => {
      const { group } = await loadSuite(name);
      const zeros = new Uint8Array(group.scalarSeedBytes);
      expect(group.scalar(zeros)).toBe(1n);
      expect(group.scalar(zeros.map(() => 0xff))).toBeGreaterThan(0n);
      const g = present(group.generator(zeros));
      expect(g.multiply(1n)?.toShare()).toEqual(g.toShare());
    },
  );
});
