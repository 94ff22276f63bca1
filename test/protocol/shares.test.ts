import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nodeAead } from "../../src/client/node/node-aead.js";
import { toBase64Url } from "../../src/protocol/base64url.js";
import { hex, utf8 } from "../../src/protocol/bytes.js";
import { agree, CAPABILITIES_MAX_BYTES, encodeCapabilities } from "../../src/protocol/capabilities.js";
import { lv } from "../../src/protocol/lv.js";
import { MessageOpener, readChunkLength } from "../../src/protocol/record.js";
import { Secret } from "../../src/protocol/secret.js";
import { decodeX, decodeY, encodeX, encodeY } from "../../src/protocol/shares.js";
import { SUITE_NAMES } from "../../src/protocol/suite-names.js";
import { loadSuite } from "../../src/protocol/suites.js";
import { outcome, problem, thrown } from "./support.js";

const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const caps = fc.uint8Array({ maxLength: CAPABILITIES_MAX_BYTES });

describe.each(SUITE_NAMES)("shares of %s", (name) => {
  test("come apart into what they were made of", async () => {
    const suite = await loadSuite(name);
    const { group, kem } = suite;
    const x = fc.record({
      sid: fixed(16),
      ya: fixed(group.shareBytes),
      ek: fixed(kem?.publicKeyBytes ?? 0),
      commitment: fixed(32),
      capabilities: caps,
    });
    const y = fc.record({ yb: fixed(group.shareBytes), ct: fixed(kem?.ciphertextBytes ?? 0), capabilities: caps });
    fc.assert(
      fc.property(x, y, (xParts, yParts) => {
        const [madeX, madeY] = [encodeX(xParts), encodeY(yParts)];
        expect(decodeX(suite, madeX.text)).toEqual(madeX);
        expect(decodeY(suite, madeY.text)).toEqual(madeY);
        // The largest share is still one that a relay takes.
        expect(madeX.text.length).toBeLessThanOrEqual(4096);
      }),
      { numRuns: 20 },
    );
  });

  test("no text makes the decoders throw, and what they take has no second spelling", async () => {
    const suite = await loadSuite(name);
    const near = fc
      .array(fc.oneof(fixed(16), fixed(32), fixed(suite.group.shareBytes), fc.uint8Array({ maxLength: 70 })), {
        maxLength: 4,
      })
      .map((parts) => toBase64Url(lv(...parts)));
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (text) => {
        const x = decodeX(suite, text);
        expect(x === undefined ? text : encodeX(x).text).toBe(text);
        const y = decodeY(suite, text);
        expect(y === undefined ? text : encodeY(y).text).toBe(text);
      }),
    );
  });
});

describe("capabilities", () => {
  const own = { versions: [1], chunk: 65_536 };

  test("no bytes make the reader throw anything but unsupported", () => {
    const near = fc
      .record(
        {
          v: fc.oneof(fc.array(fc.nat(3)), fc.jsonValue()),
          chunk: fc.oneof(fc.constantFrom(8192, 16_384, 8_388_608), fc.jsonValue()),
        },
        { requiredKeys: [] },
      )
      .map((object) => utf8(JSON.stringify(object)));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), near), (received) => {
        const result = outcome(() => agree(own, received));
        expect(typeof result === "string" ? result : result.version).toBe(
          typeof result === "string" ? "unsupported" : 1,
        );
      }),
    );
  });

  test("are read up to 1024 bytes", () => {
    expect(agree(own, utf8('{"v":[1]}'.padEnd(1024)))).toEqual({ version: 1, chunk: 65_536 });
    expect(() => agree(own, utf8('{"v":[1]}'.padEnd(1025)))).toThrow(problem("unsupported"));
  });

  test("whatever one side may say the other reads", () => {
    const chunk = fc.integer({ min: 14, max: 23 }).map((power) => 2 ** power);
    const versions = fc.uniqueArray(fc.nat(1000), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(versions, versions, chunk, chunk, (a, b, chunkA, chunkB) => {
        const [sideA, sideB] = [
          { versions: a, chunk: chunkA },
          { versions: b, chunk: chunkB },
        ];
        const [atA, atB] = [
          outcome(() => agree(sideA, encodeCapabilities(sideB))),
          outcome(() => agree(sideB, encodeCapabilities(sideA))),
        ];
        expect(atA).toEqual(atB);
        const common = a.filter((version) => b.includes(version));
        const agreed = { version: Math.max(...common), chunk: Math.min(chunkA, chunkB) };
        expect(atA).toEqual(common.length === 0 ? "unsupported" : agreed);
      }),
    );
  });

  test("that are not valid are said to be the other side's fault", () => {
    expect(thrown(() => agree(own, utf8("no"))).hint).toContain("other side");
  });

  test("ours are the bytes of the document", () => {
    expect(new TextDecoder().decode(encodeCapabilities({ versions: [1], chunk: 1_048_576 }))).toBe(
      '{"v":[1],"chunk":1048576}',
    );
  });
});

describe("records", () => {
  const key = new Secret(new Uint8Array(32));
  const context = { direction: "s2r", conn: new Uint8Array(0), index: 0 } as const;

  test("no header and no length make the reader throw", () => {
    fc.assert(
      fc.property(fc.oneof(fixed(56), fc.uint8Array({ maxLength: 60 })), (header) => {
        expect(
          MessageOpener.match({ aead: nodeAead, key, chunk: 16_384, context, types: ["hello"], header }),
        ).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4 }), (length) => {
        const read = readChunkLength(length, 16_384);
        expect(read === undefined ? undefined : read.toString(16).padStart(6, "0")).toBe(
          read === undefined ? undefined : hex(length),
        );
      }),
    );
  });
});
