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
  // The one place that gives the brand: each form that is returned was parsed first.
  if (ipv4Groups(text) !== undefined) return text as AddressKey;
  const groups = ipv6Groups(text);
  if (groups === undefined) return undefined;
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) return ipv4FromGroups(groups[6] ?? 0, groups[7] ?? 0) as AddressKey;
  const prefix = groups.slice(0, 4).map((group) => group.toString(16));
  return `${prefix.join(":")}::/64` as AddressKey;
}

function ipv4FromGroups(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}

const OCTET = /^(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;
const GROUP = /^[0-9a-f]{1,4}$/i;

/** The two 16-bit groups of a dotted text; without leading zeros, which some read as octal. */
function ipv4Groups(text: string): readonly number[] | undefined {
  const octets = text.split(".");
  if (octets.length !== 4 || !octets.every((octet) => OCTET.test(octet))) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = octets.map(Number);
  return [(a << 8) | b, (c << 8) | d];
}

/** The eight 16-bit groups of an IPv6 text (RFC 4291, section 2.2), `::` and a dotted tail written out. */
function ipv6Groups(text: string): readonly number[] | undefined {
  const [left = "", right, ...more] = text.split("::");
  if (more.length > 0) return undefined;
  const leading = groupsOf(left, right === undefined);
  const trailing = groupsOf(right ?? "", true);
  if (leading === undefined || trailing === undefined) return undefined;
  const missing = 8 - leading.length - trailing.length;
  if (right === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...leading, ...Array<number>(missing).fill(0), ...trailing];
}

/** @param isTail whether the text may end in a dotted IPv4 address */
function groupsOf(part: string, isTail: boolean): readonly number[] | undefined {
  if (part === "") return [];
  const texts = part.split(":");
  const dotted = isTail ? ipv4Groups(texts.at(-1) ?? "") : undefined;
  const plain = dotted === undefined ? texts : texts.slice(0, -1);
  if (!plain.every((group) => GROUP.test(group))) return undefined;
  return [...plain.map((group) => Number.parseInt(group, 16)), ...(dotted ?? [])];
}
