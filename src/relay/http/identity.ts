import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { Identity } from "../call.js";
import type { Proxies } from "./proxies.js";

/**
 * Who is calling, as far as HTTP tells. A request without a uuid stands for its address only when that address is
 * its own, and when no page of another site sent it: a browser sends those from its user's address.
 *
 * @param ownHosts names of this relay, in small letters; beside them IP addresses and localhost are its own
 */
export function identityOf(
  request: IncomingMessage,
  proxies: Proxies,
  ownHosts: ReadonlySet<string> = new Set(),
): Identity {
  const { address, reliable } = proxies.origin(request.socket.remoteAddress, request.headers);
  const otherSite = isFromBrowser(request) && !isOfOwnPage(request, ownHosts);
  return { address, addressSpeaks: reliable && !otherSite, otherSite, bearer: bearerOf(request) };
}

/** The names among the hosts that an operator lists, without their ports. */
export function hostNames(hosts: readonly string[]): ReadonlySet<string> {
  return new Set(hosts.map((host) => nameOf(host.toLowerCase())));
}

/**
 * Whether a browser sent it. Some requests of pages bring no header that says where they come from: an image of a page
 * with `no-referrer`, over plain HTTP. What they do bring is the name of a browser, and a language, which curl, scripts
 * and PowerShell do not send together.
 */
function isFromBrowser({ headers }: IncomingMessage): boolean {
  return (
    headers["sec-fetch-site"] !== undefined ||
    headers.origin !== undefined ||
    headers.referer !== undefined ||
    (headers["accept-language"] !== undefined && headers["user-agent"]?.startsWith("Mozilla/") === true)
  );
}

/** Whether a browser says that a page of this relay, or its user alone, is behind this request. */
function isOfOwnPage({ headers }: IncomingMessage, ownHosts: ReadonlySet<string>): boolean {
  const { "sec-fetch-site": site, origin, referer } = headers;
  const host = headers.host?.toLowerCase();
  if (host === undefined || !isOwn(nameOf(host), ownHosts)) return false;
  if (site === undefined && origin === undefined && referer === undefined) return false;
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  return [origin, referer].every((from) => from === undefined || hostOf(from) === host);
}

/** Any other name may be one of somebody else that resolves to this address: to a browser the relay is his site then. */
function isOwn(name: string, ownHosts: ReadonlySet<string>): boolean {
  return name === "localhost" || isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0 || ownHosts.has(name);
}

/** The scheme is left out: behind a proxy that speaks TLS it is not ours. */
function hostOf(url: string): string | undefined {
  return /^https?:\/\/([^/?#]+)/i.exec(url)?.[1]?.toLowerCase();
}

/** Without the port. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, "");
}

/** Empty for a header that is not of the Bearer form, so that it proves nothing and is never taken for none. */
function bearerOf({ headers }: IncomingMessage): string | undefined {
  const { authorization } = headers;
  if (authorization === undefined) return undefined;
  return /^Bearer +([^ ]+) *$/i.exec(authorization)?.[1] ?? "";
}
