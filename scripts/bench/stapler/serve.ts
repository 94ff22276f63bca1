/** What the benchmark starts to be measured: `node scripts/run.mjs scripts/bench/stapler/serve.ts [auto|public|relay]`. */
import type { AddressKey } from "../../../src/channel/address.js";
import type { Channel, Seat } from "../../../src/channel/channel.js";
import { MemoryStore } from "../../../src/channel/memory-store.js";
import type { ChannelName, Hk, Share, Uuid } from "../../../src/protocol/names.js";
import { createRelay } from "../../../src/relay/index.js";
import type { Admission } from "../../../src/stapler/admission.js";
import { RelayLink, callsTo } from "../../../src/stapler/index.js";
import { createStapler } from "../../../src/stapler/server.js";

/**
 * Who is measured: the stapler as it is, the stapler on public API only, both with an admission that says yes to
 * everyone; or a relay with its stapler in one process, as `duet relay` runs them.
 */
export type Served = "auto" | "public" | "relay";

/** Channels of the measured relay that wait for connections, as `bench-0` and so on. */
const CHANNELS = 1_000;

/** All connections of a benchmark come from one address. */
const NO_LIMIT = { connectionsPerAddress: Infinity, unadmittedPerAddress: Infinity, unadmitted: Infinity };
const HOST = "127.0.0.1";

/** In place of a relay: lets everyone in at once, so that only the stapler is measured. */
const everyone: Admission = {
  admit: async ({ channel }) => ({ channel, round: 1 }),
  stapled: async () => {},
  ended: async () => {},
  // Nothing is ever released. Ends at once: the stapler does not mind.
  releases: () => ReadableStream.from([]),
};

/** The real stapler, with real hello lines, as the main thing of a process. Prints `port N`. */
async function serve(served: Served): Promise<void> {
  const implementation = served === "public" ? "public" : "auto";
  const link = served === "relay" ? await linkToRelay() : undefined;
  const where = { host: HOST, port: 0, limits: NO_LIMIT, implementation } as const;
  const stapler = await createStapler({ ...where, admission: link ?? everyone });
  await link?.start({ host: null, port: stapler.port });
  console.log(`port ${stapler.port}`);
}

/** A relay whose channels have gone through steps 1 to 10, so that all that is left is to connect. */
async function linkToRelay(): Promise<RelayLink> {
  const store = new MemoryStore({ now: Date.now });
  for (let index = 0; index < CHANNELS; index += 1) await store.create(agreedChannel(index), Infinity);
  const relay = await createRelay({ host: HOST, version: "bench", store });
  return new RelayLink({ id: "bench", calls: callsTo(relay.door) });
}

/** The texts are those of wire.h. None of them is checked here: the branded types are what the rules would give. */
function agreedChannel(index: number): Channel {
  const address = HOST as AddressKey;
  const seat = (uuid: string): Seat => ({ uuid: uuid as Uuid, address, takenAt: Date.now(), bearerOnly: false });
  return {
    name: `bench-${index}` as ChannelName,
    round: 1,
    sender: seat("s".repeat(22)),
    recipient: seat("r".repeat(22)),
    addresses: [{ address, role: "sender" }],
    // Without it the recipient's seat is free again after a minute, and its hello lines are refused.
    y: "y" as Share,
    hK: "h".repeat(43) as Hk,
    senderReady: false,
    recipientReady: false,
    stapled: false,
    expiresAt: Date.now() + 15 * 60_000,
  };
}

const [asked] = process.argv.slice(2);
await serve(asked === "public" || asked === "relay" ? asked : "auto");
