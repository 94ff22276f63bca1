import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { addressKey } from "../../src/protocol/address.js";

/** Near to addresses: groups and octets of any length, joined by any separators. */
const nearly = fc
  .array(fc.tuple(fc.constantFrom("", "0", "1", "00", "ffff", "FFFF", "12345", "g", "255", "256", "01"), sep()), {
    maxLength: 10,
  })
  .map((parts) => parts.flat().join(""));

function sep(): fc.Arbitrary<string> {
  return fc.constantFrom(":", ":", ":", "::", ".", ".", "");
}

const valid = fc.oneof(fc.ipV4(), fc.ipV6());

test("takes exactly the texts for addresses that Node takes", () => {
  const agrees = (text: string): void => {
    expect(addressKey(text) !== undefined, text).toBe(isIPv4(text) || isIPv6(text));
  };
  fc.assert(fc.property(nearly, agrees), { numRuns: 5_000 });
  fc.assert(fc.property(valid, agrees), { numRuns: 2_000 });
});

test.each(["1:2:3:4:5:6:7::", "::", "1::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "::1.2.3.4"])(
  "%s is an address",
  (text) => {
    expect(isIPv6(text)).toBe(true);
    expect(addressKey(text)).toBeDefined();
  },
);

test.each([
  ":",
  ":::",
  "::::",
  "1::2::3",
  "1:2:3:4:5:6:7:8::",
  "1::2:3:4:5:6:7:8",
  "1:2:3:4:5:6:7:1.2.3.4",
  "1.2.3.4::",
  "01.2.3.4",
  "1:2:3:4:5:6:7:",
  ":1:2:3:4:5:6:7",
  "1.2.3.4 ",
])("%o is none", (text) => {
  expect(isIPv6(text)).toBe(false);
  expect(addressKey(text)).toBeUndefined();
});
