import type { IncomingMessage } from "node:http";
import type { Identity } from "../call.js";
import type { Proxies } from "./proxies.js";

/**
 * Who is calling, as far as HTTP tells. A request without a uuid stands for its address only when that address is
 * its own, and when no page of another site sent it: a browser sends those from its user's address.
 */
export function identityOf(request: IncomingMessage, proxies: Proxies): Identity {
  const { address, reliable } = proxies.origin(request.socket.remoteAddress, request.headers);
  return { address, addressSpeaks: reliable && !isOfAnotherSite(request), bearer: bearerOf(request) };
}

/** Whether a browser says that a page of another origin is behind this request. */
function isOfAnotherSite({ headers }: IncomingMessage): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return true;
  const { origin, host } = headers;
  return origin !== undefined && hostOf(origin) !== host?.toLowerCase();
}

/** The scheme is left out: behind a proxy that speaks TLS it is not ours. */
function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]?.toLowerCase();
}

/** Empty for a header that is not of the Bearer form, so that it proves nothing and is never taken for none. */
function bearerOf({ headers }: IncomingMessage): string | undefined {
  const { authorization } = headers;
  if (authorization === undefined) return undefined;
  return /^Bearer +([^ ]+) *$/i.exec(authorization)?.[1] ?? "";
}
