/** What a sender that knows the words does to a recipient. */
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { dir, file, type Line as ManifestLine, link, manifest } from "../../transfer/helpers/attack.js";
import { HARMFUL_NAMES, ILL_BODIES, ILL_ENDS, ILL_MANIFESTS, offered, ten } from "../../transfer/helpers/harmful.js";
import { frame, jsonLines } from "../../transfer/helpers/wire-peer.js";
import { type Attack, EXIT } from "./attacks.js";
import type { Line, Stage } from "./encounter.js";
import { recordAttacks } from "./record-attacks.js";

/** What is complete before the fault of an ill body comes may have its name. */
const EARLIER = { a: 10, d: undefined } as const;
const ALL = { ...EARLIER, b: 10, c: 10 } as const;
/** Longer than a line may be, more than any receiver holds. */
const ENDLESS_BYTES = 2 ** 28;

async function offer(stage: Stage, plaintext: Uint8Array): Promise<Line> {
  const line = await stage.dial();
  await line.peer.greet();
  await line.peer.send("manifest", plaintext);
  return line;
}

/** @throws when the offer is not accepted */
async function accepted(stage: Stage, plaintext: Uint8Array): Promise<Line> {
  const line = await offer(stage, plaintext);
  const { type } = await line.peer.receive();
  if (type !== "accept") throw new Error(`${type} in place of accept`);
  return line;
}

/** Offers, and sends bodies and an end when that is accepted. */
const delivery =
  (entries: readonly ManifestLine[], bodies: readonly Uint8Array[], end: ManifestLine) =>
  async (stage: Stage): Promise<void> => {
    const { peer, tap } = await accepted(stage, manifest(...entries));
    await peer.send("body", Buffer.concat(bodies));
    await peer.send("end", jsonLines(end));
    await peer.receive();
    // As a sender does behind the ack: a recipient that is left in doubt tries to repeat it.
    await tap.end();
  };

const names: readonly Attack[] = HARMFUL_NAMES.map(([what, entries]) => ({
  name: `a name: ${what}`,
  play: async (stage) => void (await offer(stage, manifest(...entries))),
  exit: EXIT.badMessage,
  told: "bad_message",
}));

/** A bound of those that hold a text in memory; a peer may as well write it to a file. */
const isOwnBound = (what: string): boolean => what.startsWith("of a text of");

const manifests: readonly Attack[] = ILL_MANIFESTS.filter(([what]) => !isOwnBound(what)).map(([what, plaintext]) => ({
  name: `a manifest ${what}`,
  play: async (stage) => void (await offer(stage, plaintext)),
  exit: EXIT.badMessage,
  told: "bad_message",
}));

const bodies: readonly Attack[] = ILL_BODIES.map(([what, frames]) => ({
  name: `a body: ${what}`,
  play: async (stage) => {
    const { peer } = await accepted(stage, offered);
    await peer.send("body", Buffer.concat(frames));
    await peer.send("end", jsonLines({ entries: 4, failed: 0, bytes: 30 }));
  },
  exit: EXIT.badMessage,
  told: "bad_message",
  mayArrive: EARLIER,
}));

const ends: readonly Attack[] = ILL_ENDS.map(([what, end]) => ({
  name: `an end that says ${what}`,
  play: async (stage) => {
    const { peer } = await accepted(stage, offered);
    await peer.send("body", Buffer.concat([frame(0, 0, ten), frame(2, 0, ten), frame(3, 0, ten)]));
    await peer.send("end", jsonLines(end));
  },
  exit: EXIT.badMessage,
  told: "bad_message",
  mayArrive: ALL,
}));

const endless = (name: string, first: Uint8Array, piece: Uint8Array): Attack => ({
  name,
  play: async (stage) => {
    const { peer } = await stage.dial();
    await peer.greet();
    const send = peer.begin("manifest");
    await send(first);
    for (let sent = 0; sent < ENDLESS_BYTES; sent += piece.length) await send(piece);
  },
  exit: EXIT.badMessage,
});

/** A chunk that is full, since only the last one is not. */
const chunkOf = (line: string): Buffer => Buffer.alloc(16_384, line);

const others: readonly Attack[] = [
  {
    name: "nothing: what is right is taken",
    play: delivery(
      [file("a", 10), dir("d"), file("b", 10), file("c", 10)],
      [frame(0, 0, ten), frame(2, 0, ten), frame(3, 0, ten)],
      {
        entries: 4,
        failed: 0,
        bytes: 30,
      },
    ),
    exit: EXIT.done,
    mayArrive: ALL,
    mustArrive: Object.keys(ALL),
  },
  endless("a manifest without a line feed that does not end", chunkOf(" "), chunkOf(" ")),
  endless("a manifest of empty lines that does not end", chunkOf("\n"), chunkOf("\n")),
  {
    name: "a manifest that announces more than may be",
    play: async (stage) =>
      void (await offer(stage, jsonLines({ kind: "files", entries: 2_000_001, bytes: 1 }, file("a", 1)))),
    exit: EXIT.badMessage,
    told: "bad_message",
  },
  {
    name: "more than there is room for",
    play: async (stage) => void (await offer(stage, manifest(file("a", 2 ** 52)))),
    exit: EXIT.noSpace,
    told: "no_space",
  },
  {
    name: "an end before the bodies",
    play: async (stage) => {
      const { peer } = await accepted(stage, offered);
      await peer.send("end", jsonLines({ entries: 4, failed: 0, bytes: 0 }));
    },
    exit: EXIT.badMessage,
    told: "bad_message",
    mayArrive: EARLIER,
  },
  {
    name: "another nonce than the one that was committed to",
    play: async (stage) => {
      const { peer } = await stage.dial();
      await peer.greet(new Uint8Array(32));
    },
    exit: EXIT.interfered,
  },
  {
    name: "a recorded hello, and then silence",
    play: async (stage) => {
      const first = await stage.dial();
      await first.peer.greet();
      const hello = first.tap.last;
      first.tap.destroy();
      const { tap } = await stage.dial();
      await tap.raw(hello);
    },
    exit: EXIT.lost,
    waitForPeer: 4,
  },
  {
    name: "half a file, and then it cancels",
    play: async (stage) => {
      const { peer } = await accepted(stage, offered);
      await peer.send("body", frame(0, 0, ten.subarray(0, 4)));
      await peer.send("error", jsonLines({ code: "cancelled", message: "\u001b[31mred\u202e" }));
    },
    exit: EXIT.cancelled,
    mayArrive: { d: undefined },
  },
  {
    name: "a link in the place of a folder that is offered",
    play: async (stage) => {
      await symlink(join(stage.outside, "folder"), join(stage.out, "d"));
      await delivery([dir("d"), file("d/evil", 1)], [frame(1, 0, Buffer.from("x"))], {
        entries: 2,
        failed: 0,
        bytes: 1,
      })(stage);
    },
    exit: EXIT.done,
    mayArrive: { d: undefined, "d (1)": undefined, "d (1)/evil": 1 },
    mustArrive: ["d", "d (1)/evil"],
  },
  {
    name: "a link in the place of the part of a file",
    play: async (stage) => {
      await symlink(join(stage.outside, "secret"), join(stage.out, "a.part"));
      await delivery([file("a", 1)], [frame(0, 0, Buffer.from("x"))], { entries: 1, failed: 0, bytes: 1 })(stage);
    },
    exit: EXIT.done,
    mayArrive: { a: 1, "a.part": undefined },
    mustArrive: ["a", "a.part"],
  },
  {
    name: "a link in the place of a file",
    play: async (stage) => {
      await symlink(join(stage.outside, "secret"), join(stage.out, "a"));
      await delivery([file("a", 1)], [frame(0, 0, Buffer.from("x"))], { entries: 1, failed: 0, bytes: 1 })(stage);
    },
    exit: EXIT.done,
    mayArrive: { a: undefined, "a (1)": 1 },
    mustArrive: ["a", "a (1)"],
  },
  {
    name: "a link to what is in the folder that receives and was not offered",
    play: async (stage) => {
      await symlink(join(stage.outside, "folder"), join(stage.out, "mine"));
      await offer(stage, manifest(link("l", "mine"), dir("d")));
    },
    exit: EXIT.badMessage,
    told: "bad_message",
    mayArrive: { mine: undefined },
  },
];

export const SENDER_ATTACKS: readonly Attack[] = [
  ...others,
  ...names,
  ...manifests,
  ...bodies,
  ...ends,
  ...recordAttacks("manifest", manifest(file("a", 10))),
];
