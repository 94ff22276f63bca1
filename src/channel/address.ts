import { isIPv4, isIPv6 } from "node:net";

/** An address in the one form in which addresses are compared and counted. */
export type AddressKey = string & { readonly __brand: "address" };

/**
 * IPv4 as it is, IPv4-mapped IPv6 as that IPv4, other IPv6 as its /64, since a host may pick any address in one.
 *
 * @param ip as `socket.remoteAddress` gives it; a zone index (`%eth0`) is dropped
 * @returns `192.0.2.1` or `2001:db8:0:1::/64`; undefined for what is not an IP address
 */
export function addressKey(ip: string): AddressKey | undefined {
  const zone = ip.indexOf("%");
  const text = zone === -1 ? ip : ip.slice(0, zone);
  if (isIPv4(text)) return text as AddressKey;
  if (!isIPv6(text)) return undefined;
  const groups = ipv6Groups(text);
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) return ipv4FromGroups(groups[6] ?? 0, groups[7] ?? 0) as AddressKey;
  const prefix = groups.slice(0, 4).map((group) => group.toString(16));
  return `${prefix.join(":")}::/64` as AddressKey;
}

function ipv4FromGroups(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}

/** The eight 16-bit groups of a valid IPv6 text, `::` and a dotted tail written out. */
function ipv6Groups(text: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const [, head = "", a = "0", b = "0", c = "0", d = "0"] = dotted ?? [];
  const hex = (high: string, low: string): string => ((Number(high) << 8) | Number(low)).toString(16);
  const plain = dotted === null ? text : `${head}${hex(a, b)}:${hex(c, d)}`;
  const [left = "", right] = plain.split("::");
  const parse = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const leading = parse(left);
  if (right === undefined) return leading;
  const trailing = parse(right);
  return [...leading, ...Array<number>(8 - leading.length - trailing.length).fill(0), ...trailing];
}
