import { BlockList, isIP, isIPv4 } from "node:net";
import type { IncomingHttpHeaders } from "node:http";
import { type AddressKey, addressKey } from "../../channel/address.js";
import { DuetError } from "../../protocol/problem.js";

/** Where a request came from, and whether that can be relied on. */
export interface Origin {
  readonly address: AddressKey;
  /** False when a forwarded header came from a proxy that is not configured, or cannot be read. */
  readonly reliable: boolean;
}

/** What proxies write, and what a caller writes who wants to be somebody else. */
const FORWARDED_HEADERS = [
  "forwarded",
  "x-forwarded-for",
  "x-real-ip",
  "x-client-ip",
  "true-client-ip",
  "cf-connecting-ip",
] as const;
/** For what has no address: a socket that is already gone. Nobody holds a seat from there. */
const NOWHERE = "0.0.0.0" as AddressKey;

/** The proxies whose word about the caller's address counts. */
export class Proxies {
  readonly #trusted = new BlockList();

  /**
   * @param trusted addresses and CIDR ranges
   * @throws DuetError `usage` for what is neither
   */
  constructor(trusted: readonly string[]) {
    for (const entry of trusted) this.#add(entry);
  }

  /** Whether the word of this address counts, so that many callers may be behind it. */
  isTrusted(address: string): boolean {
    return this.#isTrusted(plain(address));
  }

  /**
   * The caller's address. With a trusted proxy it is the last address of the header that is no trusted proxy itself:
   * what stands before it is the caller's own claim.
   *
   * @throws DuetError `bad_request` for two headers that a trusted proxy passes on and that do not agree: it writes one,
   *   and nobody knows which one the caller wrote
   */
  origin(remoteAddress: string | undefined, headers: IncomingHttpHeaders): Origin {
    const peer = plain(remoteAddress ?? "");
    const own = addressKey(peer) ?? NOWHERE;
    if (!FORWARDED_HEADERS.some((name) => headers[name] !== undefined)) return { address: own, reliable: true };
    if (!this.#isTrusted(peer)) return { address: own, reliable: false };
    const claims = [forwardedFor(headers["x-forwarded-for"]), forwarded(headers.forwarded)].filter(
      (claim) => claim !== undefined,
    );
    const callers = new Set(claims.map((claim) => this.#caller(claim)));
    if (callers.size > 1)
      throw new DuetError("bad_request", {
        message: "the proxy passes on a forwarding header that it does not write",
        hint: "X-Forwarded-For and Forwarded disagree. Send neither; the proxy must drop the one that it does not write.",
      });
    const [caller] = callers;
    if (caller === undefined) return { address: own, reliable: false };
    return { address: caller, reliable: true };
  }

  /** The last of a claim that is no proxy of ours, the first if all are; undefined if one before it is no address. */
  #caller(claim: readonly string[]): AddressKey | undefined {
    let caller: AddressKey | undefined;
    for (const entry of claim.toReversed()) {
      const address = plain(entry);
      caller = addressKey(address);
      if (!this.#isTrusted(address)) break;
    }
    return caller;
  }

  #isTrusted(address: string): boolean {
    return isIP(address) !== 0 && this.#trusted.check(address, isIPv4(address) ? "ipv4" : "ipv6");
  }

  #add(entry: string): void {
    const [address = "", prefix, ...rest] = entry.split("/");
    const bits = isIPv4(address) ? 32 : 128;
    const isRange = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
    if (isIP(address) === 0 || !isRange || rest.length > 0) {
      throw new DuetError("usage", {
        message: `not an address or a range: ${entry}`,
        hint: "A trusted proxy is given like 10.0.0.7 or 10.0.0.0/8.",
      });
    }
    this.#trusted.addSubnet(address, Number(prefix ?? bits), bits === 32 ? "ipv4" : "ipv6");
  }
}

/** IPv4 that comes in the form of IPv6 as IPv4, so that a range of IPv4 covers it. */
function plain(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address;
}

function forwardedFor(header: string | string[] | undefined): readonly string[] | undefined {
  if (header === undefined) return undefined;
  return [header].flat().join(",").split(",").map(withoutPort);
}

/** RFC 7239: `for=192.0.2.60;proto=http, for="[2001:db8::1]:4711"`. */
function forwarded(header: string | undefined): readonly string[] | undefined {
  if (header === undefined) return undefined;
  return header.split(",").map((element) => {
    const pair = element.split(";").find((each) => /^\s*for\s*=/i.test(each));
    return withoutPort(
      (pair ?? "")
        .replace(/^\s*for\s*=/i, "")
        .trim()
        .replace(/^"(.*)"$/, "$1"),
    );
  });
}

function withoutPort(entry: string): string {
  return entry
    .trim()
    .replace(/^\[([^\]]*)\](?::\d+)?$/, "$1")
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
}
