import { networkInterfaces, type NetworkInterfaceInfo } from "node:os";
import type { Invitation } from "./report/events.js";
import { quoteCommand } from "./quote.js";

/** The other side's command for a relay that both sides reach by the same address. */
export function invitationFor(code: string, relay: string): Invitation {
  return { relay, command: receiveCommand(code, relay), where: "anywhere" };
}

/**
 * The commands for a relay in this process: for this computer first, then one for each address of the local network.
 *
 * @param host what the relay listens at; `::` and `0.0.0.0` are all addresses
 */
export function localInvitations(
  code: string,
  host: string,
  port: number,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): readonly Invitation[] {
  const all = isEverywhere(host);
  const here = all ? "127.0.0.1" : host;
  const others = all ? networkAddresses(interfaces, host === "::") : [];
  const whereHere = all || isLoopback(host) ? "this computer" : "this network";
  return [
    invitation(code, httpUrl(here, port), whereHere),
    ...others.map((address) => invitation(code, httpUrl(address, port), "this network")),
  ];
}

/** The addresses that others may reach this computer at: no loopback, no link-local one, which needs a zone to be used. */
export function networkAddresses(
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>,
  withIPv6: boolean,
): readonly string[] {
  const found = Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && !/^(?:fe[89ab]|169\.254\.)/i.test(address));
  const v4 = found.filter(({ family }) => family === "IPv4").map(({ address }) => address);
  const v6 = found.filter(({ family }) => family === "IPv6").map(({ address }) => address);
  return [...new Set([...v4, ...(withIPv6 ? v6 : [])])];
}

export function httpUrl(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Whether a relay that listens there is at all addresses of this machine. */
export function isEverywhere(host: string): boolean {
  return host === "::" || host === "0.0.0.0";
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

function invitation(code: string, relay: string, where: Invitation["where"]): Invitation {
  return { relay, command: receiveCommand(code, relay), where };
}

function receiveCommand(code: string, relay: string): string {
  return quoteCommand(["duet", "receive", code, "--relay", relay]);
}
