import { execFileSync } from "node:child_process";
import type { NetworkInterfaceInfo } from "node:os";
import { describe, expect, test } from "vitest";
import { invitationFor, localInvitations, networkAddresses } from "../../src/cli/invite.js";
import { quoteCommand, quoteWord } from "../../src/cli/quote.js";

const CODE = "4821-cactus-lemon-violin";

function address(text: string, internal = false): NetworkInterfaceInfo {
  const common = { address: text, netmask: "", mac: "", internal, cidr: null };
  return text.includes(":") ? { ...common, family: "IPv6", scopeid: 0 } : { ...common, family: "IPv4" };
}

const INTERFACES = {
  lo: [address("127.0.0.1", true), address("::1", true)],
  eth0: [address("2001:db8::5"), address("192.168.1.5"), address("fe80::1")],
  wlan0: [address("10.0.0.7"), address("169.254.3.4"), address("192.168.1.5")],
};

describe("the commands for the other side", () => {
  test("with a relay there is one", () => {
    expect(invitationFor(CODE, "https://relay.example")).toEqual({
      relay: "https://relay.example",
      command: "duet receive 4821-cactus-lemon-violin --relay https://relay.example",
      where: "anywhere",
    });
  });

  test("without one there is that for this computer first, then one for each address of the network, IPv6 in brackets", () => {
    expect(localInvitations(CODE, "::", 41_234, INTERFACES).map(({ relay, where }) => `${where}: ${relay}`)).toEqual([
      "this computer: http://127.0.0.1:41234",
      "this network: http://192.168.1.5:41234",
      "this network: http://10.0.0.7:41234",
      "this network: http://[2001:db8::5]:41234",
    ]);
  });

  test("a relay of IPv4 alone has no IPv6 address", () => {
    expect(localInvitations(CODE, "0.0.0.0", 1, INTERFACES)).toHaveLength(3);
  });

  test.each([
    ["127.0.0.1", "this computer: http://127.0.0.1:1"],
    ["::1", "this computer: http://[::1]:1"],
    ["192.168.1.5", "this network: http://192.168.1.5:1"],
  ])("a relay at %s alone has that address only", (host, expected) => {
    expect(localInvitations(CODE, host, 1, INTERFACES).map(({ relay, where }) => `${where}: ${relay}`)).toEqual([
      expected,
    ]);
  });

  test("loopback and link-local addresses reach nobody", () => {
    expect(networkAddresses({ lo: INTERFACES.lo, eth0: [address("fe80::1"), address("169.254.1.1")] }, true)).toEqual(
      [],
    );
  });

  test("a secret of one's own is quoted for the shell", () => {
    expect(invitationFor("4821-it's $HOME!", "https://r.example").command).toBe(
      `duet receive '4821-it'\\''s $HOME!' --relay https://r.example`,
    );
  });
});

describe("quoting", () => {
  const words = [
    "plain",
    "",
    "a b",
    "it's",
    "$HOME",
    "~",
    "-x",
    "a=b",
    "=x",
    "*",
    "日本",
    "new\nline",
    "http://[::1]:80",
    "\\",
    '"',
    "#",
    "!",
  ];

  test("a shell reads back what was meant", () => {
    const command = `printf '%s\\0' ${quoteCommand(words, "linux")}`;
    expect(execFileSync("/bin/sh", ["-c", command]).toString().split("\0").slice(0, -1)).toEqual(words);
  });

  test("Windows has double quotes", () => {
    expect([quoteWord("a b", "win32"), quoteWord("a", "win32")]).toEqual(['"a b"', "a"]);
  });
});
