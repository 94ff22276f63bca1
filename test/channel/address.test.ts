import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressKey } from "../../src/channel/address.js";

describe("an address is compared in one form", () => {
  test.each([
    ["IPv4 as it is", "192.0.2.1", "192.0.2.1"],
    ["IPv4-mapped IPv6 as IPv4", "::ffff:192.0.2.1", "192.0.2.1"],
    ["IPv4-mapped IPv6 in hexadecimal", "::ffff:c000:201", "192.0.2.1"],
    ["IPv4-mapped IPv6 written out", "0:0:0:0:0:ffff:c000:0201", "192.0.2.1"],
    ["IPv6 by its /64", "2001:db8:0:1:aaaa:bbbb:cccc:dddd", "2001:db8:0:1::/64"],
    ["IPv6 with a gap inside the /64", "2001:db8::1", "2001:db8:0:0::/64"],
    ["IPv6 loopback", "::1", "0:0:0:0::/64"],
    ["a link-local address without its zone", "fe80::1%eth0", "fe80:0:0:0::/64"],
    ["upper case", "2001:DB8::A", "2001:db8:0:0::/64"],
    ["a gap at the end", "2001:db8:1:2::", "2001:db8:1:2::/64"],
    ["a dotted tail that is not a mapped address", "64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
  ])("%s", (_what, text, key) => {
    expect(addressKey(text)).toBe(key);
  });

  test.each(["", "localhost", "192.0.2", "192.0.2.256", "::ffff:192.0.2.1.2", "1:2:3", "unknown", "192.0.2.1:80"])(
    "%o is not an address",
    (text) => {
      expect(addressKey(text)).toBeUndefined();
    },
  );

  test("any two addresses of one /64 are one, whatever their spelling", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 12, maxLength: 12 }), (groups) => {
        const text = (tail: number[]): string =>
          [...groups.slice(0, 4), ...tail].map((group) => group.toString(16)).join(":");
        expect(addressKey(text(groups.slice(4, 8)))).toBe(addressKey(text(groups.slice(8, 12))));
      }),
      // All-zero groups up to ::ffff would be a mapped address; the chance is nil with the fixed seed.
      { seed: 1 },
    );
  });
});
