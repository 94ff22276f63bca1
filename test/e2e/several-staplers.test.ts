/** One relay process and several stapler processes, as docs/OPERATIONS.md tells an operator to run them. */
import { expect, test } from "vitest";
import { RECIPIENT_UUID, SENDER, SENDER_UUID, revealed } from "../relay/stapled.js";
import { bearer, peerAt } from "../relay/support.js";
import { Peer } from "../stapler/fixtures.js";
import { Duet } from "./duet.js";

const ENV = { DUET_STAPLER_SECRET: "a secret of all of them" };
/** So many that one of three staplers gets none of them once in three million runs. */
const CHANNELS = Array.from({ length: 40 }, (_, index) => `channel-${index}`);

function portOf(address: unknown): number {
  return Number(String(address).split(":").at(-1));
}

test("a relay spreads its rounds over the staplers of several processes, and each pair is wholly in one", async () => {
  const anyPort = ["--port", "0", "--stapler-port", "0", "--rate-limit", "off", "--json"];
  await using relay = new Duet(["relay", ...anyPort], { env: ENV });
  const { http, stapler: own } = await relay.event("listening");
  const args = ["stapler", "--relay-internal", String(http), "--port", "0", "--json"];
  await using one = new Duet(args, { env: ENV });
  await using other = new Duet(args, { env: ENV });
  const apart = [await one.event("listening"), await other.event("listening")].map(({ stapler }) => portOf(stapler));
  const world = { at: (address: string) => peerAt(address, portOf(http)) };

  const served = new Map<string, number>();
  for (const channel of CHANNELS) {
    await revealed(world, channel);
    const sender = await world.at(SENDER).get(`/sender/${channel}/open`, bearer(SENDER_UUID));
    const recipient = await world.at("127.0.0.2").get(`/recipient/${channel}/open`, bearer(RECIPIENT_UUID));
    expect(recipient.body.stapler).toEqual(sender.body.stapler);
    served.set(channel, Number(sender.body.stapler?.port));
  }
  expect(new Set(served.values())).toEqual(new Set([portOf(own), ...apart]));

  for (const [channel, port] of served) {
    const line = (role: string, uuid: string): string => `duet/1 ${role} ${channel} ${uuid} h\n`;
    const peers = [
      new Peer({ port, host: "127.0.0.1" }, line("sender", SENDER_UUID)),
      new Peer({ port, host: "127.0.0.1", localAddress: "127.0.0.2" }, line("recipient", RECIPIENT_UUID)),
    ] as const;
    await Promise.all(peers.map((peer) => peer.stapled()));
    peers[0].end(channel);
    expect(String(await peers[1].rest())).toBe(channel);
    for (const peer of peers) peer.destroy();
  }
});
